/* The public entry `heraldlb/testkit`: the kit for code, and for a plugin in its folder. */
export * from '../../testkit/index.ts'
export { pluginConformance } from './suite.ts'
