import { html } from './html.ts';
import type { Html } from './html.ts';

/** How something is marked and coloured; every mark has a shape of its own, so that colour is never needed. */
export type Tone = 'success' | 'warning' | 'failure' | 'skipped' | 'undo';

const SHAPES: Readonly<Record<Tone, Html>> = {
  success: html`<path d="M4.6 8.3l2.3 2.3 4.5-5" />`,
  warning: html`<path d="M8 4.4v4.4M8 11.3v.1" />`,
  failure: html`<path d="M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2" />`,
  skipped: html`<path d="M5 8h6" />`,
  undo: html`<path d="M9.5 5.2L6.2 8l3.3 2.8" />`,
};

const WORDS: Readonly<Record<Tone, string>> = {
  success: 'passed',
  warning: 'warning',
  failure: 'failed',
  skipped: 'skipped',
  undo: 'undone',
};

/** @returns a round mark with its word for those who do not see it. */
export const icon = (tone: Tone): Html =>
  html`<svg class="icon ${tone}" viewBox="0 0 16 16" role="img" aria-label="${WORDS[tone]}">
    <circle cx="8" cy="8" r="7.25" />
    ${SHAPES[tone]}
  </svg>`;
