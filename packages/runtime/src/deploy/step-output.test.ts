import { expect, test } from '@jest/globals';

import type { Host } from '../host/host.ts';
import { createRedaction } from '../ports/redaction.ts';
import type { DeploymentLog } from './deployment-log.ts';
import { stepOutput } from './step-output.ts';

const nothing = () => undefined;

function output(secret: string) {
  const redaction = createRedaction();
  redaction.add(secret);
  const log = { say: nothing, note: nothing } as unknown as DeploymentLog;
  return stepOutput({
    ...{ host: { redaction } as unknown as Host, log, mark: 'a/b', onLine: nothing, telling: undefined },
  });
}

test('the last line of a flood is its last line, not the last that was kept', () => {
  const secret = 'a-fake-secret-0001';
  const sink = output(secret);
  const chunk = Buffer.from(`${'x'.repeat(999)}\n`.repeat(1_000));
  for (let written = 0; written < 18; written += 1) sink.write('stdout', chunk);
  sink.write('stderr', Buffer.from(`the reason is ${secret}\n\n`));
  expect(sink.end()).toBe('the reason is ***');
});

test('a line whose beginning was lost is not shown: it may be the half of a secret', () => {
  const sink = output('a-fake-secret-0001');
  sink.write('stdout', Buffer.from(`${`${'x'.repeat(999)}\n`.repeat(16_100)}known\n`));
  sink.write('stdout', Buffer.from('y'.repeat(100_000)));
  expect(sink.end()).toBe('known');
});
