/** scripts/yaml-modules.mjs turns an imported YAML file into the value it holds. */
declare module '*.yaml' {
  const value: unknown
  export default value
}
