import type { Cell } from './cell.ts';
import { decodeBase64, openEnvelope } from './ciphertext.ts';
import { errorAt } from './diagnostic.ts';
import { ExactNumber, type UnaryFunction } from './expression.ts';
import { checkSchema } from './json-schema.ts';
import { type Content, isListContent, Layered, unknownValue, type UnknownType } from './layered.ts';
import { type ExactJson, parseExactJson } from './parse-json.ts';
import type { Scope } from './scope.ts';
import { toJson, toText } from './text-forms.ts';
import { evaluateList, evaluateString } from './type-check.ts';

/** A call that is being evaluated. Whatever it makes is secret if anything that went in is. */
export interface Call {
  readonly scope: Scope;
  readonly cell: Cell;
}

/** fn::toJSON, fn::toBase64 and the other functions of one argument. */
export function evaluateUnary(call: Call, name: UnaryFunction, argument: Cell): Layered {
  switch (name) {
    case 'fn::toString':
      return evaluateToString(call, argument);
    case 'fn::toJSON': {
      const value = call.scope.evaluate(argument);
      return value.containsUnknowns
        ? unknown(call, [value], 'string')
        : known(call, [value], toJson(value, call.scope.budget));
    }
    case 'fn::fromJSON':
      return evaluateDecoded(call, argument, {
        type: 'any',
        apply: (text) =>
          decoded(call, 'decoding JSON string', () =>
            fromJson(call, text.secret, parseExactJson(text.value)),
          ),
      });
    case 'fn::toBase64':
      return evaluateDecoded(call, argument, {
        type: 'string',
        apply: (text) => {
          call.scope.budget.spend(text.value.length);
          return string(call, text.secret, Buffer.from(text.value, 'utf8').toString('base64'));
        },
      });
    case 'fn::fromBase64':
      return evaluateDecoded(call, argument, {
        type: 'string',
        apply: (text) =>
          decoded(call, 'decoding base64 string', () =>
            string(call, text.secret, decodeText(decodeBase64(text.value))),
          ),
      });
  }
}

function evaluateToString(call: Call, argument: Cell): Layered {
  const value = call.scope.evaluate(argument);
  const form = toText(value, call.scope.budget);
  if (form.unknown) return unknownValue(call.cell.expression.node, { secret: form.secret, type: 'string' });
  return string(call, form.secret, form.text);
}

interface SecretText {
  readonly value: string;
  readonly secret: boolean;
}

/** A function of a string. */
interface Decoding {
  /** The type of its result, should that be unknown. */
  readonly type: UnknownType;
  /** @returns undefined after a diagnostic. */
  readonly apply: (text: SecretText) => Layered | undefined;
}

function evaluateDecoded(call: Call, argument: Cell, { type, apply }: Decoding): Layered {
  const value = evaluateString(call.scope, argument);
  if (value === undefined) return unknown(call, [call.scope.evaluate(argument)], type);
  if (value.unknown !== undefined || typeof value.content !== 'string') return unknown(call, [value], type);
  return apply({ value: value.content, secret: value.secret }) ?? unknown(call, [value], type);
}

/** The reasons of our decoders hold no piece of what they decode. */
function decoded(call: Call, what: string, decode: () => Layered): Layered | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof RangeError || !(error instanceof Error) || error.name === 'LimitReached')
      throw error;
    report(call, `${what}: ${error.message}`);
    return undefined;
  }
}

/** Binary content cannot be a string here without changing it, so it is refused. */
function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error('the content is binary, and only UTF-8 text is supported');
  }
}

function fromJson(call: Call, secret: boolean, json: ExactJson): Layered {
  return new Layered({ origin: call.cell.expression.node, content: jsonContent(call, secret, json), secret });
}

function jsonContent(call: Call, secret: boolean, json: ExactJson): Content {
  call.scope.budget.spendValues(1);
  if (Array.isArray(json)) return json.map((item: ExactJson) => fromJson(call, secret, item));
  if (json instanceof Map) {
    return new Map(
      [...json].map(([key, value]: [string, ExactJson]) => [key, fromJson(call, secret, value)]),
    );
  }
  return json === null || typeof json !== 'object' || json instanceof ExactNumber ? json : null;
}

/** fn::join */
export function evaluateJoin(
  call: Call,
  delimiterCell: Cell | undefined,
  valuesCell: Cell | undefined,
): Layered {
  if (delimiterCell === undefined || valuesCell === undefined) return unknown(call, [], 'string');
  const delimiter = evaluateString(call.scope, delimiterCell);
  const values = evaluateList(call.scope, valuesCell, 'string');
  const inputs = [call.scope.evaluate(delimiterCell), call.scope.evaluate(valuesCell)];
  const isKnown = !inputs.some((input) => input.containsUnknowns);
  if (delimiter === undefined || values === undefined || !isKnown) return unknown(call, inputs, 'string');
  const texts = isListContent(values.content) ? values.content.map((item) => String(item.content)) : [];
  const length =
    texts.reduce((sum, text) => sum + text.length, 0) + texts.length * String(delimiter.content).length;
  call.scope.budget.spend(length);
  return known(call, inputs, texts.join(String(delimiter.content)));
}

/** fn::split */
export function evaluateSplit(
  call: Call,
  delimiterCell: Cell | undefined,
  textCell: Cell | undefined,
): Layered {
  if (delimiterCell === undefined || textCell === undefined) return unknown(call, [], 'array');
  const delimiter = evaluateString(call.scope, delimiterCell);
  const text = evaluateString(call.scope, textCell);
  const inputs = [call.scope.evaluate(delimiterCell), call.scope.evaluate(textCell)];
  const isKnown = !inputs.some((input) => input.containsUnknowns);
  if (delimiter === undefined || text === undefined || !isKnown) return unknown(call, inputs, 'array');
  const secret = inputs.some((input) => input.containsSecrets);
  const parts = splitText(String(text.content), String(delimiter.content));
  call.scope.budget.spendValues(parts.length);
  const items = parts.map((part) => string(call, secret, part));
  return new Layered({ origin: call.cell.expression.node, content: items, secret });
}

/** Without a delimiter it splits into characters, not into halves of them. */
function splitText(text: string, delimiter: string): readonly string[] {
  return delimiter === '' ? [...text] : text.split(delimiter);
}

/** fn::concat */
export function evaluateConcat(call: Call, arraysCell: Cell): Layered {
  const arrays = evaluateList(call.scope, arraysCell, 'array');
  const input = call.scope.evaluate(arraysCell);
  const isKnown = arrays !== undefined && isListContent(arrays.content);
  if (!isKnown || !isListContent(input.content)) return unknown(call, [input], 'array');
  if (input.unknown !== undefined || input.content.some((array) => array.unknown !== undefined)) {
    return unknown(call, [input], 'array');
  }
  for (const { content } of input.content)
    call.scope.budget.spendValues(isListContent(content) ? content.length : 0);
  const items = input.content.flatMap((array) => (isListContent(array.content) ? array.content : []));
  return new Layered({ origin: call.cell.expression.node, content: items, secret: input.containsSecrets });
}

/** fn::secret with ciphertext: needs Pulumi Cloud's key, unless the caller brings one. */
export function evaluateCiphertext(call: Call, envelope: string): Layered {
  const { scope, cell } = call;
  const failed = unknownValue(cell.expression.node, { secret: true, type: 'string' });
  let ciphertext: Uint8Array;
  try {
    ciphertext = openEnvelope(envelope);
  } catch (error) {
    report(call, `invalid ciphertext: ${error instanceof Error ? error.message : 'unreadable'}`);
    return failed;
  }
  if (scope.decrypt === undefined) {
    report(call, 'an encrypted fn::secret needs Pulumi Cloud: only it has the key');
    return failed;
  }
  try {
    return string(call, true, decodeText(scope.decrypt(ciphertext)));
  } catch {
    report(call, 'decrypting: the ciphertext cannot be decrypted');
    return failed;
  }
}

/** fn::open and fn::rotate. */
export function evaluateCloud(call: Call, name: string): Layered {
  report(call, `${name} needs Pulumi Cloud: open the environment there instead of evaluating its file`);
  return unknown(call, [], 'any');
}

/** fn::validate gives the value in any case; what does not fit is reported. */
export function evaluateValidate(
  call: Call,
  schemaCell: Cell | undefined,
  valueCell: Cell | undefined,
): Layered {
  if (schemaCell === undefined || valueCell === undefined) return unknown(call, [], 'any');
  const schema = call.scope.evaluate(schemaCell);
  const value = call.scope.evaluate(valueCell);
  for (const problem of checkSchema(value, schema)) {
    call.scope.diagnostics.push(errorAt(valueCell.expression.node, problem));
  }
  return value;
}

function known(call: Call, inputs: readonly Layered[], text: string): Layered {
  return string(
    call,
    inputs.some((input) => input.containsSecrets),
    text,
  );
}

function string(call: Call, secret: boolean, text: string): Layered {
  return new Layered({ origin: call.cell.expression.node, content: text, secret });
}

function unknown(call: Call, inputs: readonly Layered[], type: UnknownType): Layered {
  const secret = inputs.some((input) => input.containsSecrets);
  return unknownValue(call.cell.expression.node, { secret, type });
}

function report(call: Call, message: string): void {
  call.scope.diagnostics.push(errorAt(call.cell.expression.node, message));
}
