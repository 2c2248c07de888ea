import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SophiaError } from '@sophia/core/errors';

/** The parts of CycloneDX 1.6 that are set here. */
interface Bill {
  serialNumber: string;
  metadata: { timestamp: string; component: { version: string } };
  readonly components: readonly { readonly 'bom-ref': string }[];
}

/**
 * Writes the bill of materials of everything that may be in a bundle: the production dependencies of the lockfile, as
 * CycloneDX 1.6. Its time is the commit's and its number comes from its content, so that one commit has one bill.
 *
 * @param committedAt ISO 8601
 * @throws SophiaError `environment` where pnpm cannot make it
 */
export function writeBillOfMaterials(root: string, target: string, committedAt: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'sophia-sbom-'));
  const file = join(folder, 'sbom.json');
  const { config } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { config: { pnpm: string } };
  const format = ['--sbom-format', 'cyclonedx', '--sbom-spec-version', '1.6', '--sbom-type', 'application'];
  const { status, stdout, stderr } = spawnSync(
    'npm',
    ['exec', '--yes', `--package=${config.pnpm}`, '--', 'pnpm', 'sbom', ...format, '--prod', '-r', '--lockfile-only', '--out', file],
    { cwd: root, encoding: 'utf8' },
  );
  if (status !== 0) {
    throw new SophiaError('environment', {
      message: `the bill of materials could not be made: ${`${stdout}${stderr}`.trim().split('\n').at(-1) ?? ''}`,
      hint: 'check the network: npm fetches pnpm at its pinned version',
    });
  }
  const bill = JSON.parse(readFileSync(file, 'utf8')) as Bill;
  rmSync(folder, { recursive: true });
  bill.metadata.timestamp = committedAt;
  bill.serialNumber = `urn:uuid:${uuidOf(JSON.stringify([bill.metadata.component, bill.components]))}`;
  writeFileSync(target, `${JSON.stringify(bill, undefined, 2)}\n`);
}

/** A UUID of version 8 (RFC 9562, section 5.8): its bits are ours to choose. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}
