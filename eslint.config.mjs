import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const own = ['apps/**/*.ts', 'libs/**/*.ts', 'libs/**/*.tsx', 'stories/**/*.ts'];
const aggregates = [
  'record',
  'unit',
  'channel',
  'delivery',
  'outlet',
  'placement',
  'post',
  'commitment',
  'request',
  'practice',
  'subject',
  'attestation',
  'entry',
  'report',
];

export default [
  { ignores: ['dist', 'node_modules', 'data', '.nx'] },
  ...tseslint.configs.recommended.map(config => ({ ...config, files: own })),
  {
    files: own,
    plugins: { '@nx': nx },
    rules: {
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      'no-console': 'error',
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          allow: [],
          depConstraints: [
            { sourceTag: 'kind:app', onlyDependOnLibsWithTags: ['kind:room', 'kind:door', 'kind:platform', 'kind:contracts'] },
            { sourceTag: 'kind:door', onlyDependOnLibsWithTags: ['kind:platform', 'kind:contracts', 'kind:door'] },
            { sourceTag: 'kind:room', onlyDependOnLibsWithTags: ['kind:platform', 'kind:contracts'] },
            { sourceTag: 'kind:platform', onlyDependOnLibsWithTags: ['kind:platform', 'kind:contracts'] },
            { sourceTag: 'kind:contracts', onlyDependOnLibsWithTags: [] },
          ],
        },
      ],
    },
  },
  // Only the edges of a room know Nest; rules and projections know no clock, no randomness and no environment.
  {
    files: ['libs/{catalogue,requests,channels,statistics}/src/**/*.ts'],
    ignores: ['**/*.module.ts', '**/*.controller.ts', '**/*.spec.ts', '**/given-*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['@nestjs/*', '@nats-io/*'] }] },
  },
  {
    files: [
      ...aggregates.map(name => `libs/{catalogue,requests,channels,statistics}/src/${name}/**/*.ts`),
      'libs/{catalogue,requests,channels,statistics}/src/views/**/*.ts',
    ],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'Time arrives in the command or the event.',
        },
        {
          selector: "MemberExpression[object.name='Date'][property.name='now']",
          message: 'Time arrives in the command or the event.',
        },
        { selector: "MemberExpression[object.name='Math'][property.name='random']", message: 'A fold has no randomness.' },
        { selector: "CallExpression[callee.name='randomUUID']", message: 'Identity comes from the command.' },
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'Configuration arrives from the platform.',
        },
      ],
    },
  },
  {
    files: ['libs/contracts/src/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['@nestjs/*', '@nats-io/*', '#*'] }] },
  },
  { files: ['apps/**/*.ts'], rules: { 'no-console': 'off' } },
];
