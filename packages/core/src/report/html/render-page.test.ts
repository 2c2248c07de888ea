import { createHash } from 'node:crypto';

import { expect, test } from '@jest/globals';

import { buildSample } from '../golden/build-sample.ts';
import { blockedSample, rolledBackSample } from '../golden/sample.ts';
import { html } from './html.ts';
import { renderPage } from './render-page.ts';

const page = renderPage(buildSample(blockedSample));

test('the policy forbids everything but the page’s own style, to the byte', () => {
  const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(page).toContain(`default-src &#39;none&#39;; style-src &#39;sha256-${hash}&#39;`);
  expect(page).not.toMatch(/ style="|<script|\son\w+=/);
});

test('nothing is loaded from anywhere', () => {
  expect(page.replace(/<a\s[^>]*>/g, '')).not.toMatch(/(src|href)="(?!data:|#)/);
});

test('every value is escaped, and marks that turn text around are gone', () => {
  const evil = '<script>alert("1")</script>\u202Egpj.exe\u0000';
  expect(html`<p title="${evil}">${evil}</p>`.text).not.toMatch(/<script|\u202E|\u0000/);
  expect(html`<p title="${'" onclick="x'}"></p>`.text).toBe('<p title="&quot; onclick=&quot;x"></p>');
});

test('a hostile report changes nothing but text', () => {
  const evil = '"><img src=x onerror=alert(1)><script>alert(1)</script>';
  const cases = `<testcase name="${evil.replace(/[<>"&]/g, (char) => `&#${char.charCodeAt(0)};`)}"><failure/></testcase>`;
  const source = { path: evil, text: `<testsuite name="s">${cases}</testsuite>` };
  const unknown = { path: evil, text: 'unknown' };
  const hostile = renderPage(buildSample({ ...blockedSample, sources: [source, unknown] }));
  expect(hostile).not.toMatch(/<img|<script|onerror=alert\(1\)>/);
});

test('a deployment has its journal with it, and says whether somebody changed it', () => {
  const sources = rolledBackSample.sources;
  expect(renderPage(buildSample({ ...rolledBackSample, sources }))).toContain('its chain of hashes holds');
  const changed = sources.map((source) =>
    source.path.endsWith('.jsonl')
      ? { ...source, text: source.text.replace('"exitCode":0', '"exitCode":1') }
      : source,
  );
  const page = renderPage(buildSample({ ...rolledBackSample, sources: changed }));
  expect(page).toContain('its chain of hashes is broken');
  expect(page).not.toContain('its chain of hashes holds');
});
