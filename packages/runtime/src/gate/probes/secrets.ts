import { failed, passed } from '@sophia/core/gate/outcome';
import { judgeSecretVariables } from '@sophia/core/gate/secret-variables';

import type { CheckProbe } from '../probe.ts';

/** Every rule of the section `secrets` holds in the environment. Nobody is asked. */
export const secrets: CheckProbe<'secrets'> = {
  target: () => undefined,
  async probe(_check, { config, variables }) {
    const rules = config.sections.secrets;
    const problems = judgeSecretVariables(rules, variables);
    const total = Object.keys(rules).length;
    if (problems.length === 0) return passed(`${total} of ${total} secrets hold`);
    const list = problems.map(({ path, problem, variable }) => `${path} is ${problem} (${variable})`);
    const message = `${problems.length} of ${total} secrets do not hold: ${list.join(', ')}`;
    const hint = 'set them in the ESC environment and run esc-setup before this step, or set the variables';
    const details = { missing: problems.map(({ path }) => path), problems };
    return failed({ category: 'configuration', message, hint }, details);
  },
};
