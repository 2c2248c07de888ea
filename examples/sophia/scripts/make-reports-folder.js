// The test runner and the linter write their reports there and do not make the folder themselves.
import { mkdirSync } from 'node:fs';

mkdirSync(new URL('../reports', import.meta.url), { recursive: true });
