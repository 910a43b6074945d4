import type { Reason } from './reason.ts'

/** Who announces an address, who does not, and why. */
export const announcementReasons = {
  Elected: {
    meaning: 'The node comes first in the order of candidates and answers for the address.',
    remedy: 'Nothing to do.',
  },
  AsWished: {
    meaning: 'A person asked for the node, and it is fit to answer for the address.',
    remedy: 'Nothing to do; herald move svc/NAMESPACE/NAME --back ends the wish.',
  },
  KeptByHolder: {
    meaning: 'The node holds the address already and stable election moves nothing while it is a candidate.',
    remedy: 'Nothing to do.',
  },
  PlacedByLoad: {
    meaning: 'Nodes that come earlier in the order carry their share of addresses already.',
    remedy: 'Nothing to do.',
  },
  Announcing: {
    meaning: 'Every eligible node announces the address.',
    remedy: 'Nothing to do.',
  },
  NotElected: {
    meaning:
      'Another node comes earlier in the order of candidates; one node at a time answers for an address.',
    remedy: 'Nothing to do; preferredNodeSelectors of the L2Advertisement move the choice.',
  },
  NodeDamped: {
    meaning:
      'The node came back from the dead several times lately; with stable election it gets nothing new until it has been calm.',
    remedy:
      'Find out why the node or its speaker keeps failing; it counts again after at most five minutes of calm.',
  },
  SharedAddressHeldElsewhere: {
    meaning:
      'A node that cannot serve this Service answers for the address on behalf of a Service that shares it.',
    remedy:
      'Give the Services that share the address the same advertisements and endpoints on the same nodes.',
  },
  NoAddress: {
    meaning: 'The Service has no address, so there is nothing to announce.',
    remedy: 'See why the Service has no address.',
  },
  AddressOutsidePools: {
    meaning: 'The addresses of the Service do not lie in one pool.',
    remedy: 'Add the addresses to one IPAddressPool, or let the Service have new ones.',
  },
  NoAdvertisement: {
    meaning: 'No advertisement selects the pool of the Service.',
    remedy:
      'Create an L2Advertisement or a BGPAdvertisement that names the pool, or widen the selectors of one.',
  },
  ServiceNotSelected: {
    meaning: 'Advertisements select the pool, but none of them selects the Service by its labels.',
    remedy: 'Add the labels that serviceSelectors of the advertisement ask for to the Service.',
  },
  SharedAddressWithServiceSelectors: {
    meaning:
      'The Service may share its address, and an advertisement with serviceSelectors could make two nodes answer for it.',
    remedy:
      'Remove serviceSelectors from the L2Advertisement, or the allow-shared-ip annotation from the Service.',
  },
  NoReadyEndpointAnywhere: {
    meaning: 'No endpoint of the Service can serve on any node, so nobody attracts its traffic.',
    remedy:
      'Make a Pod behind the Service ready; compare the selector of the Service with the labels of its Pods.',
  },
  NodeDead: {
    meaning: 'The node is not heard by the other nodes.',
    remedy: 'Bring the node or its speaker back.',
  },
  NodeNotSelected: {
    meaning: 'No advertisement that selects the Service selects the node.',
    remedy: 'Widen nodeSelectors of the advertisement, or label the node.',
  },
  NodeNetworkUnavailable: {
    meaning: 'The node has the condition NetworkUnavailable.',
    remedy: 'Repair the network plugin of the node.',
  },
  NodeExcluded: {
    meaning: 'The node carries the label node.kubernetes.io/exclude-from-external-load-balancers.',
    remedy: 'Remove the label from the node, or run Herald with --ignore-exclude-lb.',
  },
  NodeDraining: {
    meaning: 'The node is being drained, and other nodes announce the address.',
    remedy: 'Nothing to do; herald undrain NODE ends the drain.',
  },
  DataPathShut: {
    meaning:
      'An advertisement asks for an open data path, and connections to the Service through the proxy of this node fail.',
    remedy:
      'See whether kube-proxy works on the node, and whether its connections reach the endpoints of the Service.',
  },
  DataPathUntested: {
    meaning:
      'An advertisement asks for an open data path, and no connection to the Service through the proxy of this node has succeeded yet.',
    remedy:
      'Wait for kube-proxy to learn of the address; else see whether it works on the node, and whether the Service answers on its first TCP port.',
  },
  NoReadyEndpoint: {
    meaning: 'The Service has externalTrafficPolicy Local, and none of its endpoints can serve on the node.',
    remedy: 'Run a ready Pod of the Service on the node, or use externalTrafficPolicy Cluster.',
  },
  NoPeer: {
    meaning: 'No BGPPeer that the advertisement may use applies to the node.',
    remedy: 'Create a BGPPeer whose nodeSelectors select the node, or correct peers of the advertisement.',
  },
  ConflictingAttributes: {
    meaning:
      'Two advertisements give one prefix different local preferences towards one peer; the first by name is used.',
    remedy: 'Give both the same localPref, or separate them by peers, nodes or aggregation length.',
  },
  NoNode: {
    meaning: 'The input lists no Node, so nobody can announce the address.',
    remedy: 'Add the Nodes to the input, or leave the kind out altogether to have healthy ones assumed.',
  },
  NoCandidate: {
    meaning: 'No node may announce the address.',
    remedy: 'See the reason of each node.',
  },
} as const satisfies Record<string, Reason>
