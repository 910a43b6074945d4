/* The lab's public face: topologies of network namespaces, and the daemons that run in them. */
export { Capture, type CaptureOptions, type CapturedPacket } from './capture.ts'
export { Backend, type BackendAnswer, type BackendOptions } from './daemons/backend.ts'
export {
  type BgpNeighbor,
  type BgpRouter,
  renderBird,
  renderFrr,
  renderGoBgp,
  type RouterOptions,
} from './daemons/bgp-router.ts'
export { Bird } from './daemons/bird.ts'
export { newerProgramMissing, type NewerProgram } from './daemons/newer.ts'
export { Frr, type FrrDaemon, type FrrOptions } from './daemons/frr.ts'
export { GoBgp } from './daemons/gobgp.ts'
export {
  checkMetrics,
  checkRules,
  Prometheus,
  type PrometheusOptions,
  type Sample,
} from './daemons/prometheus.ts'
export { newRouter, ROUTER_KINDS, type RouterKind } from './daemons/router.ts'
export { CommandError, type CommandOptions, type CommandResult } from './command.ts'
export type { Forward } from './forward.ts'
export { createLab, type Lab } from './lab.ts'
export { LabNode, type Link, type Neighbour, type Route } from './node.ts'
export { listLabs, sweepStaleLabs, type LabRecord } from './ownership.ts'
export type { ExitStatus, LabProcess, SpawnOptions } from './process.ts'
export {
  describeMissing,
  type Feature,
  labRequirements,
  type Missing,
  type Requirements,
} from './requirements.ts'
export { rerunAsRoot } from './rootless.ts'
export type { InterfaceSpec, LabSpec, NodeSpec, RouteSpec, SegmentSpec } from './spec.ts'
export { type BridgeOptions, bridgeTopology } from './topologies/bridge.ts'
export {
  type Hint,
  type StartedTopology,
  type StartOptions,
  TOPOLOGIES,
  type Topology,
} from './topologies/catalogue.ts'
export { podNetwork, podNodeName, startPods } from './topologies/pods.ts'
export { NODE_ASN, routedBgp, type RoutedOptions, routedTopology, ROUTER_ASN } from './topologies/routed.ts'
export { recordSecret } from './transcript.ts'
export { until, type UntilOptions } from './until.ts'
export { ApiClient, type ApiObject, type PatchType } from './cluster/api-client.ts'
export { type ClusterOptions, KubeCluster, type PodOptions } from './cluster/cluster.ts'
export { Installation, type InstallationOptions } from './cluster/installation.ts'
export { ControlPlane, type ControlPlaneOptions } from './cluster/control-plane.ts'
export { type ClusterProgram, clusterPrograms } from './cluster/programs.ts'
export { CONTROL_PLANE, lanClusterTopology, routedClusterTopology } from './cluster/topology.ts'
