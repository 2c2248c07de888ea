import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect, test } from '@jest/globals';

import { capture, evaluate, findChromium, open, withPage } from '../../scripts/chromium.mjs';
import { comparePictures, makePicture, PICTURES, picturesNeed } from '../../scripts/pictures.ts';

const root = resolve(import.meta.dirname, '../..');
const golden = join(root, 'packages/core/src/report/golden/fixtures');
const screenshots = join(root, 'out/screenshots');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const looks = [360, 768, 1440].flatMap((width) =>
  (['light', 'dark'] as const).map((scheme) => ({ width, scheme })),
);

/** What axe found, one line each; the page has no script of its own, so axe comes in through the debugger. */
const AXE = `${axe}; axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] }).then(({ violations, passes }) => ({
  checked: passes.map(({ id }) => id),
  violations: violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target.join(' ')).slice(0, 3).join(', ')),
}))`;

interface Audit {
  readonly checked: readonly string[];
  readonly violations: readonly string[];
}

/** Without a browser nothing can be looked at; `npm run test:long` says so instead of passing. */
const withBrowser = findChromium() === undefined ? describe.skip : describe;

withBrowser.each(['green', 'blocked', 'rolled-back', 'dashboard'])('the page %s', (name) => {
  test.each(looks)('at $width pixels, $scheme, is accessible and fits', async ({ width, scheme }) => {
    const seen = await withPage(async (page) => {
      await open(page, { url: pathToFileURL(join(golden, `${name}.html`)).href, width, scheme });
      // What is folded must fit too.
      await evaluate(page, 'document.querySelectorAll("details").forEach((one) => { one.open = true; })');
      mkdirSync(screenshots, { recursive: true });
      writeFileSync(join(screenshots, `${name}-${width}-${scheme}.png`), await capture(page, { width }));
      const overflow: unknown = await evaluate(
        page,
        'document.documentElement.scrollWidth - window.innerWidth',
      );
      return { overflow, audit: (await evaluate(page, AXE)) as Audit };
    });
    expect(seen.audit.violations).toEqual([]);
    expect(seen.audit.checked).toEqual(expect.arrayContaining(['color-contrast', 'heading-order', 'region']));
    expect(seen.overflow).toBeLessThanOrEqual(0);
  });
});

/** Paths of the images of this repository that a page shows, from the root. */
function shownBy(page: string): readonly string[] {
  const text = readFileSync(join(root, page), 'utf8');
  const targets = [...text.matchAll(/!\[[^\]]*\]\(([^)\s]+)|\bsrc(?:set)?="([^"]+)"/g)];
  return targets
    .map(([, inMarkdown, inHtml]) => inMarkdown ?? inHtml ?? '')
    .filter((target) => !/^https?:/.test(target))
    .map((target) => relative(root, resolve(root, dirname(page), target)));
}

describe('the pictures of the documentation', () => {
  const made = PICTURES.map(({ file }) => file);
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
  const pages = [
    'README.md',
    ...docs.filter((path) => path.endsWith('.md')).map((path) => `docs/${path}`),
    ...readdirSync(join(root, 'actions')).map((name) => `actions/${name}/README.md`),
  ];

  test('are all made here, and all shown', () => {
    expect(shownBy('README.md')).not.toEqual([]);
    expect([...new Set(pages.flatMap(shownBy))].toSorted()).toEqual(made.toSorted());
    const there = readdirSync(join(root, 'docs/images')).map((name) => `docs/images/${name}`);
    expect(there.toSorted()).toEqual(made.toSorted());
  });

  (picturesNeed() === undefined ? test : test.skip).each(PICTURES)(
    '$file shows the page of today; else `npm run pictures` makes it anew',
    async (picture) => {
      const now = await makePicture(picture);
      mkdirSync(screenshots, { recursive: true });
      writeFileSync(join(screenshots, basename(picture.file)), now);
      const { sizes, cells } = await comparePictures(readFileSync(join(root, picture.file)), now);
      expect(sizes[0]).toBe(sizes[1]);
      expect(cells).toEqual([]);
    },
  );
});
