// Security: what `pipeline.security` runs. A finding fails the job and is in reports/security.sarif.
import security from 'eslint-plugin-security';

export default [
  { ignores: ['reports/', 'logs/'] },
  security.configs.recommended,
  {
    // Paths here come from the host's own settings, never from a request: backend/static-files.js is the
    // one place that maps a request to a file, and it looks the name up in a list it made itself.
    rules: { 'security/detect-non-literal-fs-filename': 'off' },
  },
];
