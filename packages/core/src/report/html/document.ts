import { createHash } from 'node:crypto';

import type { Verdict } from '../pipeline/model.ts';
import { Html, html, when } from './html.ts';
import type { Section } from './report-sections.ts';
import { STYLE } from './style.ts';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

/** @returns a time as people write it; always UTC, since the page does not know its reader's zone. */
export function dateOf(iso: string): string {
  const [day, clock] = iso.split('T');
  const [year, month, date] = (day ?? '').split('-').map(Number);
  return `${date} ${MONTHS[(month ?? 1) - 1]} ${year}, ${(clock ?? '').slice(0, 5)} UTC`;
}

/** Links come from services and records: only the web's own go into a page. */
export const isWeb = (url: string) => /^https?:\/\//.test(url);

/** @returns a part of a page with its heading. */
export const sectionOf = ({ id, title, aside, body }: Section) =>
  html`<section id="${id}" aria-labelledby="h-${id}">
    <h2 id="h-${id}">${title}${when(aside !== '', () => html` <small>${aside}</small>`)}</h2>
    ${body}
  </section>`;

const COLOURS: Readonly<Record<Verdict, string>> = {
  success: '4a9c62',
  warning: 'd09a2c',
  failure: 'd64550',
};

/** The tab's mark: a data URL, so that the page stays one file. */
const favicon = (verdict: Verdict) =>
  `data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Ccircle cx='4' cy='4' r='3.5' fill='%23${COLOURS[verdict]}'/%3E%3C/svg%3E`;

/** Not in the template: the hash of the policy is of this text, to the byte. */
const STYLE_TAG = new Html(`<style>${STYLE}</style>`);
const styleHash = createHash('sha256').update(STYLE).digest('base64');
const POLICY = `default-src 'none'; style-src 'sha256-${styleHash}'; img-src data:; base-uri 'none'; form-action 'none'`;

export interface DocumentParts {
  readonly title: string;
  /** Colours the tab's mark. */
  readonly verdict: Verdict;
  readonly top: Html;
  readonly main: Html;
  readonly footer: string;
}

/**
 * @returns a whole HTML document: no script, nothing loaded from anywhere, and a policy that forbids both, so that text of
 *   a report could do nothing even if it were not escaped
 */
export function renderDocument({ title, verdict, top, main, footer }: DocumentParts): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        <link rel="icon" href="${favicon(verdict)}" />
        ${STYLE_TAG}
      </head>
      <body>
        <a class="away skip" href="#main">Skip to the report</a>
        ${top}
        <main id="main">${main}</main>
        <footer>${footer}</footer>
      </body>
    </html> `.text;
}
