import { REDACTED } from './redact.ts';

/**
 * A text that must be asked for: printed, put into JSON or joined to a string by mistake, it reads `***`.
 */
export class SecretText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** @returns the text itself, for the one place that hands it on. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }
}
