/** `workerData` of a plugin's worker. */
export interface PluginWorkerData {
  readonly herald: 'plugin'
  /** URL of the module. */
  readonly module: string
  readonly fence: SharedArrayBuffer
}
