// `npm run audit`: known vulnerabilities of level high or above in anything that may be in a bundle.
import { runPnpm } from './setup.mjs';

process.exit(runPnpm('audit', '--prod', '--audit-level', 'high'));
