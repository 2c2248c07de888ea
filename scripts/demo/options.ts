import { parseArgs } from 'node:util';

import { messageOf, SophiaError } from '@sophia/core/errors';
import { didYouMean } from '@sophia/core/nearest-name';

import { ENVIRONMENTS } from './esc-environments.ts';

const EVENTS = ['push', 'pull_request', 'workflow_dispatch'] as const;
export const PHASES = [
  ...[
    'prerequisites',
    'infrastructure',
    'backend',
    'frontend',
    'mcp_servers',
    'health_checks',
    'smoke_tests',
  ],
] as const;

/** What `npm start --` was asked for. */
export interface DemoOptions {
  readonly event: (typeof EVENTS)[number];
  readonly inputs: Readonly<Record<string, string>>;
  /** The phase that is to fail; empty: none. */
  readonly fail: string;
  readonly keep: boolean;
}

const USAGE =
  'npm start -- [--event push|pull_request|workflow_dispatch] [--input NAME=VALUE] [--fail PHASE] [--keep]';

function oneOf<T extends string>(option: string, value: string, known: readonly T[]): T {
  const found = known.find((name) => name === value);
  if (found !== undefined) return found;
  throw new SophiaError('usage', {
    message: `${option}: expected ${known.join(', ')}; got "${value}"${didYouMean(value, known)}`,
    hint: USAGE,
  });
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        event: { type: 'string', default: 'push' },
        input: { type: 'string', multiple: true, default: [] },
        fail: { type: 'string', default: '' },
        keep: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new SophiaError('usage', {
      message: messageOf(error).split('.')[0] ?? '',
      hint: USAGE,
      cause: error,
    });
  }
}

/** @throws SophiaError `usage` */
export function parseOptions(args: readonly string[]): DemoOptions {
  const values = parse(args);
  const pairs = values.input.map((pair): [string, string] => {
    const equals = pair.indexOf('=');
    if (equals < 1)
      throw new SophiaError('usage', { message: `--input: expected NAME=VALUE; got "${pair}"`, hint: USAGE });
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  });
  const event = oneOf('--event', values.event, EVENTS);
  if (pairs.length > 0 && event !== 'workflow_dispatch')
    throw new SophiaError('usage', {
      message: `--input: the event ${event} has no inputs`,
      hint: 'add --event workflow_dispatch, or leave --input out',
    });
  const inputs = Object.fromEntries(pairs);
  if (inputs['environment'] !== undefined) oneOf('--input environment', inputs['environment'], ENVIRONMENTS);
  return {
    event,
    inputs,
    fail: values.fail === '' ? '' : oneOf('--fail', values.fail, PHASES),
    keep: values.keep,
  };
}
