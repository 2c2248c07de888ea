// `npm run pictures`: makes the pictures of the documentation anew. Look at them before you commit them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { makePicture, PICTURES, picturesNeed } from './pictures.ts';

const need = picturesNeed();
if (need !== undefined) {
  console.error(need);
  process.exit(1);
}
for (const picture of PICTURES) {
  const path = join(dirname(import.meta.dirname), picture.file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, await makePicture(picture));
  console.log(picture.file);
}
