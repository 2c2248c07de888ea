// Correctness: what `pipeline.quality` runs.
import js from '@eslint/js';
import globals from 'globals';

export default [
  { ignores: ['reports/', 'logs/'] },
  js.configs.recommended,
  { files: ['frontend/**'], languageOptions: { globals: globals.browser } },
  { ignores: ['frontend/**'], languageOptions: { globals: globals.nodeBuiltin } },
  { rules: { eqeqeq: 'error', 'no-var': 'error', 'prefer-const': 'error', complexity: ['error', 10] } },
];
