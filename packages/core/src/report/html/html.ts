/** Text that is HTML already. Only {@link html} makes it, so whatever else is put into a page is escaped. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Html | string | number | undefined | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// Marks that change the direction of text could show something other than what is there.
const DIRECTION = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;
const CONTROL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/g;

const escaped = (text: string) =>
  text
    .replace(DIRECTION, '')
    .replace(CONTROL, '\uFFFD')
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .replace(/[&<>"']/g, (char) => ENTITIES[char] ?? '');

function textOf(content: Content): string {
  if (content === undefined) return '';
  if (content instanceof Html) return content.text;
  if (typeof content === 'string') return escaped(content);
  return typeof content === 'number' ? String(content) : content.map(textOf).join('');
}

/** A template of HTML: every value in it is escaped, unless it is HTML of this function's own making. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(parts.map((part, index) => part + textOf(values[index])).join(''));
}

/** @returns text in which what stands between two backticks is code, as hints quote commands. */
export function withCode(text: string): Html {
  return html`${text.split(/`([^`]+)`/).map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

/** @returns content if there is anything to show it for. */
export const when = (condition: boolean, content: () => Html): Html | undefined =>
  condition ? content() : undefined;
