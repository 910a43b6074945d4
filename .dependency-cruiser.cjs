/* The import rules of docs/architecture.md, as data. A failed rule prints its comment. */
const core = '^src/core/'
const npm = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown']

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Dependencies point one way, type edges included.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'core-imports-only-core',
      comment: 'The core is pure: it imports nothing but itself.',
      severity: 'error',
      from: { path: core },
      to: { pathNot: core },
    },
    {
      name: 'plugin-imports-seam-and-own-folder',
      comment:
        'A plugin knows the seam, the model and the wire helpers of the core, core/bgp, and its own folder.',
      severity: 'error',
      from: { path: '^src/plugins/([^/]+)/', pathNot: '^src/plugins/[^/]+/io/' },
      to: {
        pathNot: [
          '^src/plugins/$1/',
          '^src/core/(announcer|ports|diff|errors)\\.ts$',
          '^src/core/(model|wire|bgp)/',
        ],
      },
    },
    {
      name: 'plugin-io-may-touch-node-and-platform',
      comment: 'Only io/ touches Node, the platform or a driver.',
      severity: 'error',
      from: { path: '^src/plugins/([^/]+)/io/' },
      to: {
        pathNot: [
          '^src/plugins/$1/',
          '^src/core/(announcer|ports|diff|errors)\\.ts$',
          '^src/core/(model|wire|bgp)/',
          '^src/platform/',
        ],
        dependencyTypesNot: ['core', ...npm],
      },
    },
    {
      name: 'platform-knows-no-plugin',
      comment: 'The platform is shared ground below the plugins.',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/(plugins|app|metrics|testkit)/' },
    },
    {
      name: 'nothing-imports-app',
      comment: 'app is the outermost ring.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/app/' },
      to: { path: '^src/app/' },
    },
    {
      name: 'tsyringe-in-compose-only',
      comment: 'The composition files alone know the container.',
      severity: 'error',
      from: { pathNot: '^src/app/(compose(-node|-speaker)?|tokens)\\.ts$' },
      to: { path: 'node_modules/tsyringe/' },
    },
    {
      name: 'reflect-metadata-with-the-container',
      comment:
        'For tsyringe: the composition files, what has it inside (@peculiar/x509), and the entry, which runs first.',
      severity: 'error',
      from: {
        pathNot: '^src/app/(compose(-node|-speaker)?|tokens|main|kubernetes/webhook/certificates)\\.ts$',
      },
      to: { path: 'node_modules/reflect-metadata/' },
    },
    {
      name: 'prom-client-in-metrics-only',
      comment: 'Everything else sees the MetricScope port.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/metrics/' },
      to: { path: 'node_modules/prom-client/' },
    },
    {
      name: 'koffi-in-platform-only',
      comment: 'Native calls live in src/platform.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/platform/' },
      to: { path: 'node_modules/koffi/' },
    },
    {
      name: 'testkit-imports-seam-and-fakes',
      comment: 'The published kit stands on the seam alone.',
      severity: 'error',
      from: { path: '^src/testkit/' },
      to: { pathNot: ['^src/testkit/', core, '^assert'], dependencyTypesNot: ['core'] },
    },
    {
      name: 'app-reaches-plugins-through-load-plugins',
      comment:
        'The tables of built-in plugins and of their loop programs are the only doors, but for the command that prints what FRR would be told.',
      severity: 'error',
      from: {
        path: '^src/app/',
        pathNot: '^src/app/(load-plugins|loop-programs|announcer-infos|cli/frr-config)\\.ts$',
      },
      to: { path: '^src/plugins/' },
    },
    {
      name: 'src-knows-no-lab',
      comment: 'The product does not depend on the test lab; the CLI reaches it by its own entry.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/app/cli/lab\\.ts$' },
      to: { path: '^(lab|test)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
