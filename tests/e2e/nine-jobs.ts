/** The jobs of the master workflow, in the order of its file (contract). */
export const NINE = [
  ...[
    'environment-setup',
    'health-gate',
    'quality-security',
    'build-test',
    'mcp-validation',
    'production-deployment',
  ],
  ...['post-deployment-validation', 'deployment-notification', 'cleanup'],
];
