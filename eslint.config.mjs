import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** The layers: actions, cli -> runtime -> core; never back, never sideways (STYLE, Layers). */
const layers = [
  {
    files: ['packages/core/src/**'],
    banned: ['@sophia/*', '!@sophia/core', '!@sophia/core/**', '@actions/*'],
  },
  { files: ['packages/runtime/src/**'], banned: ['@sophia/cli*', '@sophia/local-runner*'] },
  {
    files: ['packages/standins/src/**'],
    banned: ['@sophia/core*', '@sophia/runtime*', '@sophia/cli*', '@sophia/local-runner*'],
  },
  { files: ['packages/local-runner/src/**'], banned: ['@sophia/runtime*', '@sophia/cli*'] },
];

const PURE = [
  'fs',
  'net',
  'http',
  'https',
  'child_process',
  'process',
  'os',
  'timers',
  'dns',
  'path',
].flatMap((name) => [`node:${name}`, `node:${name}/*`]);

const sizes = {
  'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
  'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
  'max-depth': ['error', 3],
  'max-params': ['error', 3],
};

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/**',
      '**/dist/**',
      'release/**',
      '**/.stryker-tmp/**',
      'out/**',
      'coverage/**',
      '.tools/**',
      'examples/**',
      '**/fixtures/**',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ['**/*.ts'],
    languageOptions: {
      parserOptions: {
        // Not the tsconfig.json of each folder: thirteen programs, which load most sources again and again.
        project: ['tsconfig.sources.json', 'tsconfig.bundled.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      ...sizes,
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-control-regex': 'off',
      eqeqeq: 'error',
    },
  },
  {
    files: ['packages/core/src/**/*.ts'],
    ignores: ['**/*.test.ts', '**/*.fixture.ts'],
    rules: {
      'no-restricted-globals': ['error', 'process', 'setTimeout', 'setInterval', 'fetch'],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'core has no clock: take the time as an argument' },
        { object: 'Math', property: 'random', message: 'core has no chance: take the number as an argument' },
      ],
    },
  },
  ...layers.map(({ files, banned }) => ({
    files: files.map((glob) => `${glob}/*.ts`),
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: files[0].includes('core') ? [...banned, ...PURE] : banned,
              message: 'this layer may not know that one',
            },
          ],
        },
      ],
    },
  })),
  {
    files: ['packages/runtime/src/**/*.ts'],
    ignores: [
      '**/*.test.ts',
      'packages/runtime/src/host/**',
      'packages/runtime/src/github/**',
      'packages/runtime/src/report/**',
    ],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@actions/*', '@sophia/cli*', '@sophia/local-runner*'],
              message: 'only the host knows the runner',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.test.ts', '**/golden/**', 'bench/**', 'tests/**', 'scripts/**'],
    rules: {
      'max-lines-per-function': 'off',
      'max-lines': 'off',
      'max-params': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-floating-promises': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        performance: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        WebSocket: 'readonly',
        Buffer: 'readonly',
      },
    },
    rules: { ...sizes, 'max-lines-per-function': 'off' },
  },
);
