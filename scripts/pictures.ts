// The pictures of the documentation: what each shows, how it is made, and when two of them are the same.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { capture, evaluate, findChromium, open, withPage } from './chromium.mjs';

const root = dirname(import.meta.dirname);
const PAGES = join(root, 'packages/core/src/report/golden/fixtures');

/** A picture, by its path in the repository; width and height in pixels, as they are in the file. */
export interface Picture {
  readonly file: string;
  /** One of the golden pages: what the tests hold to the byte is what the picture shows. */
  readonly page: string;
  readonly scheme: 'light' | 'dark';
  readonly width: number;
  /** The page is cut below this. */
  readonly maxHeight: number;
}

/** A report down to the deployment's first phases; a dashboard down to the newest deployments. */
const REPORT = { page: 'rolled-back.html', width: 1_200, maxHeight: 1_560 } as const;
const DASHBOARD = { page: 'dashboard.html', width: 1_200, maxHeight: 1_560 } as const;

export const PICTURES: readonly Picture[] = [
  { file: 'docs/images/report-light.png', scheme: 'light', ...REPORT },
  { file: 'docs/images/report-dark.png', scheme: 'dark', ...REPORT },
  { file: 'docs/images/dashboard-light.png', scheme: 'light', ...DASHBOARD },
  { file: 'docs/images/dashboard-dark.png', scheme: 'dark', ...DASHBOARD },
];

/** Debian's package `fonts-dejavu-core`; another package puts more families into the same folder. */
const FONTS = '/usr/share/fonts/truetype/dejavu';
const FONT_FILES = ['DejaVuSans', 'DejaVuSans-Bold', 'DejaVuSansMono', 'DejaVuSansMono-Bold'];

/** Only these fonts, and nothing of the machine's own taste in families, hinting or anti-aliasing. */
const fontConfiguration = (cache: string) => `<fontconfig>
  <dir>${FONTS}</dir><cachedir>${cache}</cachedir>
  <selectfont><rejectfont><glob>*</glob></rejectfont><acceptfont>
    ${FONT_FILES.map((name) => `<glob>${FONTS}/${name}.ttf</glob>`).join('')}
  </acceptfont></selectfont>
  <alias binding="same"><family>ui-monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
  <alias binding="same"><family>system-ui</family><prefer><family>DejaVu Sans</family></prefer></alias>
</fontconfig>`;

/** @returns what a machine lacks to make the pictures; undefined where it has all. */
export function picturesNeed(): string | undefined {
  if (findChromium() === undefined) return 'there is no Chromium: apt-get install chromium';
  return existsSync(FONTS) ? undefined : `there is no ${FONTS}: apt-get install fonts-dejavu-core`;
}

/** The same text has the same width everywhere. */
async function withOwnFonts<T>(use: (env: Readonly<Record<string, string>>) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sophia-fonts-'));
  const file = join(folder, 'fonts.conf');
  writeFileSync(file, fontConfiguration(folder));
  try {
    return await use({ FONTCONFIG_FILE: file });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns the picture as PNG. */
export const makePicture = ({ page: name, scheme, width, maxHeight }: Picture): Promise<Buffer> =>
  withOwnFonts((env) =>
    withPage(async (page) => {
      await open(page, { url: pathToFileURL(join(PAGES, name)).href, width, scheme });
      return capture(page, { width, maxHeight });
    }, env),
  );

/** The mean colour of cells of so many pixels a side is compared: an edge drawn softer or harder does not move it far. */
const CELL_PIXELS = 4;
/**
 * Of 255. On one version of Chromium nothing moves at all. Letters drawn a tenth of a pixel bolder, or 3 % paler, as
 * another version may have them, stay below this; one changed digit moves cells by 40 to 70, another colour by 50 and more.
 */
const LARGEST_STEP = 24;

/** Decoded by the browser itself, so no library is needed for it. */
const COMPARE = `(async (first, second) => {
  const pixels = async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const { width, height } = image;
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    return { width, height, data: context.getImageData(0, 0, width, height).data };
  };
  const [a, b] = [await pixels(first), await pixels(second)];
  const sizes = [a, b].map(({ width, height }) => width + ' x ' + height);
  if (sizes[0] !== sizes[1]) return { sizes, cells: [] };
  const cells = [];
  for (let top = 0; top < a.height; top += ${CELL_PIXELS})
    for (let left = 0; left < a.width; left += ${CELL_PIXELS}) {
      const sums = [0, 0, 0];
      let count = 0;
      for (let y = top; y < Math.min(a.height, top + ${CELL_PIXELS}); y += 1)
        for (let x = left; x < Math.min(a.width, left + ${CELL_PIXELS}); x += 1, count += 1)
          for (let channel = 0; channel < 3; channel += 1) {
            const at = (y * a.width + x) * 4 + channel;
            sums[channel] += a.data[at] - b.data[at];
          }
      const step = Math.max(...sums.map((sum) => Math.abs(sum) / count));
      if (step > ${LARGEST_STEP}) cells.push([left, top, Math.round(step)].join(' '));
    }
  return { sizes, cells };
})`;

/** How two pictures differ: their sizes, and the cells (left, top, step of 255) that are not the same. */
export interface Difference {
  readonly sizes: readonly string[];
  readonly cells: readonly string[];
}

/** @returns the difference of two PNG files; no cells where their sizes differ already. */
export const comparePictures = (first: Buffer, second: Buffer): Promise<Difference> =>
  withPage(async (page) => {
    const given = [first, second].map((png) => JSON.stringify(png.toString('base64')));
    return (await evaluate(page, `${COMPARE}(${given.join(', ')})`)) as Difference;
  });
