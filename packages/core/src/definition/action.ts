import { SophiaError } from '../errors.ts';
import type { ActionName } from '../report/envelope.ts';
import { choice, integer, matching, multiline, text } from './input.ts';
import type { Input } from './input.ts';

/** The path of the configuration where no input names another (contract, section 2). */
export const DEFAULT_CONFIG_PATH = '.github/sophia.yml';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any input type will do here: the map below keeps each exact
type AnyInputs = Readonly<Record<string, Input<any>>>;
type AnyOutputs = Readonly<Record<string, string>>;

/** The one place of an action's name, inputs and outputs: types, `action.yml` and README tables come from it. */
export interface ActionDefinition<I extends AnyInputs = AnyInputs, O extends AnyOutputs = AnyOutputs> {
  readonly name: ActionName;
  readonly title: string;
  readonly description: string;
  readonly inputs: I;
  /** Output name to description. */
  readonly outputs: O;
  /** True where something must be released when the job ends. */
  readonly post: boolean;
  /**
   * Whether there must be a configuration, by the texts of the inputs. Where there is none, the action is refused
   * before its use case is even loaded.
   */
  readonly needsConfiguration?: (read: (name: string) => string) => boolean;
  /** Outputs of a run that ended in an error, where these say more than nothing does. */
  readonly failureOutputs?: Readonly<Record<string, string>>;
  readonly branding: { readonly icon: string; readonly color: string };
}

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S;

/** An action's parsed inputs, by their names in camel case. */
export type InputsOf<D extends ActionDefinition> = {
  readonly [K in keyof D['inputs'] & string as Camel<K>]: D['inputs'][K] extends Input<infer T> ? T : never;
};

const commonInputs = {
  config: text({
    description: 'Path of the configuration file, from the working directory.',
    default: DEFAULT_CONFIG_PATH,
  }),
  'config-inline': multiline({ description: 'The configuration as text, instead of a file.' }),
  environment: matching(/^[a-z0-9-]+$/, {
    expected: 'small letters, digits and -',
    description: "The environment to work on. Default: the configuration's only one.",
  }),
  'deployment-id': matching(/^[A-Za-z0-9._-]{1,128}$/, {
    expected: '1 to 128 letters, digits, ., _ and -',
    description: 'Names the deployment in all reports. Default: `sophia-<environment>-<seconds since 1970>`.',
  }),
  'upload-artifact': choice(['report', 'all', 'false'], {
    description:
      'What is kept as an artifact of the run: the report, all (logs and journal too), or nothing.',
    default: 'report',
  }),
  'retention-days': integer(
    { min: 1, max: 400 },
    { description: 'How long the artifact is kept.', default: '30' },
  ),
  'working-directory': text({ description: 'The folder to work in.', default: '.' }),
};

const commonOutputs = {
  status: 'The verdict: `success`, `warning`, `failure`, or one that this action names.',
  'report-path': 'Path of the JSON report.',
};

/** Defines an action; the inputs and outputs that all five share are added here. */
export function defineAction<const I extends AnyInputs, const O extends AnyOutputs>(
  own: ActionDefinition<I, O>,
) {
  return {
    ...own,
    inputs: { ...own.inputs, ...commonInputs },
    outputs: { ...commonOutputs, ...own.outputs },
  } satisfies ActionDefinition;
}

const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/**
 * Parses all inputs before the first effect.
 *
 * @param read gives an input's text by name; empty where it is not set, then the default counts
 * @throws SophiaError `usage` that names every bad input at once
 */
export function parseInputs<D extends ActionDefinition>(
  definition: D,
  read: (name: string) => string,
): InputsOf<D> {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, field] of Object.entries(definition.inputs)) {
    const given = read(name);
    const parsed = field.parse(given === '' ? field.default : given);
    if ('expected' in parsed)
      problems.push(`input "${name}": expected ${parsed.expected}${shown(field, given)}`);
    else values[camel(name)] = parsed.value;
  }
  if (problems.length > 0) {
    throw new SophiaError('usage', {
      message: problems.join('\n'),
      hint: `correct the inputs under \`with\`; they are described in the README of ${definition.name}`,
    });
  }
  return values as InputsOf<D>;
}

const LONGEST_SHOWN = 80;

function shown(field: Input<unknown>, given: string): string {
  if (field.secret) return '';
  return `, got ${JSON.stringify(given.length > LONGEST_SHOWN ? `${given.slice(0, LONGEST_SHOWN)}...` : given)}`;
}
