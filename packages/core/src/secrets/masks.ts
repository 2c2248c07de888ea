const SHORTEST = 4;

/**
 * @returns the forms of a secret that must not be seen; first version, used by runtime/ports/redaction.ts.
 */
export function maskedForms(value: string): ReadonlySet<string> {
  const forms = [value, ...value.split(/\r?\n/), encodeURIComponent(value), JSON.stringify(value).slice(1, -1)];
  return new Set(forms.filter((form) => form.trim().length >= SHORTEST));
}
