/** Replaced by scripts/build.mjs with the version of package.json. */
declare const __HERALD_VERSION__: string | undefined

export const version: string = typeof __HERALD_VERSION__ === 'string' ? __HERALD_VERSION__ : '0.0.0-source'
