import type { EscProperties, EscValue } from './esc-values.ts';
import { isObject } from './json-field.ts';

/** The value at a property path (`a.b[0]["c.d"]`), undefined where there is none or the path is malformed. */
export function findProperty(properties: EscProperties, path: string): EscValue | undefined {
  let found: EscValue | undefined = { value: properties, trace: { def: NOWHERE } };
  let rest = path.startsWith('[') ? path : `.${path}`;
  while (rest !== '' && found !== undefined) {
    const step = /^(?:\.([^.[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\])/.exec(rest);
    if (step === null) return undefined;
    found = member(found.value, step[1] ?? step[2] ?? step[3]?.replace(/\\(.)/g, '$1') ?? '');
    rest = rest.slice(step[0].length);
  }
  return found;
}

const NOWHERE = {
  environment: '',
  begin: { line: 0, column: 0, byte: 0 },
  end: { line: 0, column: 0, byte: 0 },
};

function member(value: unknown, key: string): EscValue | undefined {
  const container: unknown = Array.isArray(value) ? { ...value } : value;
  const found = isObject(container) && Object.hasOwn(container, key) ? container[key] : undefined;
  return isEscValue(found) ? found : undefined;
}

function isEscValue(value: unknown): value is EscValue {
  return isObject(value) && 'value' in value && isObject(value['trace']);
}
