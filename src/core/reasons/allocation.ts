import type { Reason } from './reason.ts'

/** Why a Service has the addresses it has, or none. */
export const allocationReasons = {
  Assigned: {
    meaning: 'The Service was given free addresses of a pool.',
    remedy: 'Nothing to do.',
  },
  Unchanged: {
    meaning: 'The Service keeps the addresses that its status lists.',
    remedy: 'Nothing to do.',
  },
  Shared: {
    meaning: 'The Service was given an address that another Service holds with the same sharing key.',
    remedy: 'Nothing to do.',
  },
  NotLoadBalancer: {
    meaning: 'The Service is not of type LoadBalancer, so it gets no address.',
    remedy: 'Set spec.type to LoadBalancer if the Service is to be reachable from outside.',
  },
  ClassMismatch: {
    meaning: 'The loadBalancerClass of the Service is not the one that this Herald serves.',
    remedy: 'Correct spec.loadBalancerClass of the Service, or start Herald with the matching --lb-class.',
  },
  NoPools: {
    meaning:
      'No pool is configured. Nothing is allocated, and addresses that a status lists are neither checked nor removed.',
    remedy: 'Create an IPAddressPool in the namespace of Herald.',
  },
  PoolFaulty: {
    meaning:
      'The address that a Service has, or asks for, lies in no pool as far as is known, and faults hide addresses of a pool. A Service keeps what it has meanwhile.',
    remedy: 'Correct the faults of the pool that the message names.',
  },
  NoPoolForService: {
    meaning: 'Pools exist, but none of them gives addresses to this Service unasked.',
    remedy:
      'Ask for a pool with the annotation metallb.io/address-pool, set autoAssign of a pool to true, or widen serviceAllocation of one.',
  },
  NoPoolOfFamily: {
    meaning: 'The pools that serve the Service have no addresses of the IP family it needs.',
    remedy: 'Add addresses of that family to a pool, or change ipFamilies of the Service.',
  },
  PoolExhausted: {
    meaning: 'Every address of the pools that serve the Service is in use.',
    remedy: 'Add addresses to a pool, create another pool, or delete Services that are not needed any more.',
  },
  UnknownPool: {
    meaning: 'A Service asks for, or an advertisement names, an IPAddressPool that does not exist.',
    remedy: 'Correct the name, or create the pool in the namespace of Herald.',
  },
  PoolNotForService: {
    meaning: 'The serviceAllocation of the pool does not admit the namespace or the labels of the Service.',
    remedy: 'Ask for another pool or address, or widen serviceAllocation of the pool.',
  },
  AddressNotInPool: {
    meaning: 'The address does not lie in a pool that may provide it.',
    remedy: 'Ask for an address of a pool, or add the address to one.',
  },
  AddressQuarantined: {
    meaning:
      'A stranger answered for the address when it was to be handed out (--probe-before-assign), so nobody is given it for a while.',
    remedy:
      'Give the host that answers another address, or keep its address out of the pool; the address is asked about again when its quarantine ends.',
  },
  AddressInUse: {
    meaning: 'Another Service holds the address and the two do not both carry a sharing key.',
    remedy:
      'Ask for another address, or give both Services the same value of the annotation metallb.io/allow-shared-ip.',
  },
  SharingKeyMismatch: {
    meaning: 'The address is shared by Services with another sharing key.',
    remedy: 'Use the same value of the annotation metallb.io/allow-shared-ip, or another address.',
  },
  BackendMismatch: {
    meaning:
      'Services that share an address need externalTrafficPolicy Cluster, or Local with the same selector, so that one node serves them all.',
    remedy: 'Use externalTrafficPolicy Cluster for both Services, or give both the same selector.',
  },
  PortConflict: {
    meaning: 'A Service that holds the address uses the same protocol and port.',
    remedy: 'Use another port or another address: one port of an address belongs to one Service.',
  },
  FamilyMismatch: {
    meaning: 'The requested addresses, or the policy, do not fit the IP families of the Service.',
    remedy: 'Request one address of each IP family of the Service, or change ipFamilyPolicy.',
  },
  NotEnoughClusterIPs: {
    meaning: 'The Service requires dual stack, but has a cluster IP of one family only.',
    remedy: 'Run a dual-stack cluster, or use ipFamilyPolicy PreferDualStack or SingleStack.',
  },
  InvalidClusterIPs: {
    meaning: 'The IP family of the Service cannot be told from its cluster IPs.',
    remedy: 'Give the Service one cluster IP, or one of each family.',
  },
  InvalidRequest: {
    meaning: 'The requested addresses cannot be read.',
    remedy: 'Write one address, or one of each family separated by a comma.',
  },
  ConflictingRequests: {
    meaning: 'The Service requests addresses in two places.',
    remedy: 'Keep the annotation metallb.io/loadBalancerIPs and remove spec.loadBalancerIP.',
  },
} as const satisfies Record<string, Reason>
