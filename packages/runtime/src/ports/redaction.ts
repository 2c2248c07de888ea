import { createRedactor } from '@sophia/core/secrets/redact';
import { maskedForms } from '@sophia/core/secrets/masks';

/** All secret values of this process, and the function that every sink sends its text through. */
export interface Redaction {
  /** Registers a secret with all its encodings. Values too short to be masked are left out. */
  add(value: string): void;
  /** Registers forms that were planned already, as they are. */
  addForms(forms: Iterable<string>): void;
  redact(text: string): string;
  /** Every registered form, for children that redact their own output. */
  forms(): ReadonlySet<string>;
}

/** An empty redaction; the automaton is built anew only after a value was added. */
export function createRedaction(): Redaction {
  const forms = new Set<string>();
  let redactor: ((text: string) => string) | undefined;
  const addForms = (added: Iterable<string>) => {
    for (const form of added) forms.add(form);
    redactor = undefined;
  };
  return {
    add: (value) => addForms(maskedForms(value)),
    addForms,
    redact(text) {
      if (forms.size === 0) return text;
      redactor ??= createRedactor(forms);
      return redactor(text);
    },
    forms: () => forms,
  };
}
