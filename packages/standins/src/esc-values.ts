/** A value as `GET .../open/{id}` gives it: recursive, each with its own flags and origin. */
export type EscValue = {
  readonly value: unknown;
  readonly secret?: true;
  readonly unknown?: true;
  readonly trace: { readonly def: EscRange };
};

/** The root of an opened environment's values. */
export type EscProperties = Readonly<Record<string, EscValue>>;

/** A place in a definition; lines and columns count from 1, bytes from 0. */
export type EscRange = {
  readonly environment: string;
  readonly begin: EscPosition;
  readonly end: EscPosition;
};
type EscPosition = { readonly line: number; readonly column: number; readonly byte: number };

const MARK = Symbol('mark');
type Marked = { readonly [MARK]: 'secret' | 'unknown'; readonly value: unknown };

/** Marks a value of `escProperties` as a secret (as `fn::secret` and providers do). */
export function secret(value: unknown): unknown {
  return { [MARK]: 'secret', value } satisfies Marked;
}

/** Marks a value as unknown (as a provider's that was not opened); it has no value then. */
export function unknownValue(): unknown {
  return { [MARK]: 'unknown', value: null } satisfies Marked;
}

/**
 * Turns a plain object, with `secret()` and `unknownValue()` marks anywhere in it, into the raw `properties`
 * of an opened environment. `environment` is the name shown as the origin of each value.
 */
export function escProperties(
  values: Readonly<Record<string, unknown>>,
  environment = 'environment',
): EscProperties {
  const place = { line: 1 };
  return membersOf(values, environment, place);
}

type Place = { line: number };

function membersOf(values: object, environment: string, place: Place): Record<string, EscValue> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]: [string, unknown]) => [
      name,
      valueOf(value, environment, place),
    ]),
  );
}

function valueOf(value: unknown, environment: string, place: Place): EscValue {
  place.line += 1;
  const { line } = place;
  const at = { line, column: 3, byte: line * 40 };
  const trace = { def: { environment, begin: at, end: { line, column: 20, byte: line * 40 + 17 } } };
  if (isMarked(value)) {
    const inner = valueOf(value.value, environment, place);
    return value[MARK] === 'secret' ? { ...inner, secret: true } : { value: null, unknown: true, trace };
  }
  if (Array.isArray(value)) {
    return { value: value.map((item: unknown) => valueOf(item, environment, place)), trace };
  }
  if (typeof value === 'object' && value !== null)
    return { value: membersOf(value, environment, place), trace };
  return { value, trace };
}

function isMarked(value: unknown): value is Marked {
  return typeof value === 'object' && value !== null && MARK in value;
}
