import { readdirSync, readFileSync } from 'node:fs';

/** @returns the pids of everything that carries this variable in its environment. */
export function pidsWith(variable: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(variable);
      } catch {
        // Gone, or somebody else's.
        return false;
      }
    })
    .map(Number);
}
