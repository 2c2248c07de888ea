import { appendFileSync } from 'node:fs';

/** The phase that is to fail for real in a demonstration (`SOPHIA_DEMO_FAIL=backend`), else ''. */
export const failingPhase = process.env.SOPHIA_DEMO_FAIL ?? '';

/** Hands a value to the step's own `run` and `undo` and to later steps (`outputs` in the configuration). */
export function setOutput(name, value) {
  const file = process.env.SOPHIA_OUTPUT;
  if (file) appendFileSync(file, `${name}=${value}\n`);
  process.stdout.write(`${name}: ${value || '(none)'}\n`);
}

/**
 * A value that the environment must have.
 * @throws where it is missing; an empty one is a value
 */
export function needVariable(name) {
  const value = new Map(Object.entries(process.env)).get(name);
  if (value === undefined) throw new Error(`the variable ${name} is not set`);
  return value;
}

/**
 * Runs the command that the first argument names; an expected failure is one line, without a stack.
 * @param {Record<string, (...args: string[]) => unknown>} commands
 */
export async function runStep(commands) {
  const [name, ...args] = process.argv.slice(2);
  const command = new Map(Object.entries(commands)).get(name);
  if (!command) {
    process.stderr.write(`error: expected one of ${Object.keys(commands).join(', ')}\n`);
    process.exit(2);
  }
  try {
    await command(...args);
  } catch (error) {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 1;
  }
}
