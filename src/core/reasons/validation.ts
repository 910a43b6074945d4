import type { Reason } from './reason.ts'

/** Faults of the input. Each Problem carries the object, the field, what was found and what is allowed. */
export const validationReasons = {
  UnknownField: {
    meaning: 'The object has a field that its kind does not have.',
    remedy: 'Correct the spelling or remove the field.',
  },
  MissingField: {
    meaning: 'A required field is absent.',
    remedy: 'Add the field.',
  },
  WrongType: {
    meaning: 'A field holds a value of another type than its kind asks for.',
    remedy: 'Write a value of the type that the message names.',
  },
  InvalidValue: {
    meaning: 'A field holds a value outside of what is allowed.',
    remedy: 'Write one of the values that the message allows.',
  },
  ExclusiveFields: {
    meaning: 'Two fields are set of which only one may be.',
    remedy: 'Keep one of the two fields that the message names.',
  },
  DuplicateValue: {
    meaning: 'A list holds the same value twice; it counts once.',
    remedy: 'Remove the second one.',
  },
  InvalidSelector: {
    meaning: 'A label selector breaks the rules of label selectors; it selects nothing.',
    remedy: 'Correct the key, operator or values that the message names.',
  },
  WrongNamespace: {
    meaning:
      'The object lies outside of the namespace that Herald reads its own kinds from, so it is not used.',
    remedy: 'Create the object in the namespace that the message names, or start Herald with --namespace.',
  },
  DuplicateObject: {
    meaning: 'Two objects of one kind have the same name; one of them is not used.',
    remedy: 'Rename or remove one of the two.',
  },
  InvalidAddress: {
    meaning: 'A text that should be an address, a CIDR or an address range is none; it is not used.',
    remedy: 'Write the address in the form that the message allows.',
  },
  OverlappingAddresses: {
    meaning: 'An entry of a pool has addresses in common with an earlier entry; the later entry is not used.',
    remedy: 'Make the entries disjoint, or remove one of them.',
  },
  SelectsNoPool: {
    meaning: 'The pool selectors of an advertisement match no IPAddressPool, so it announces nothing.',
    remedy: 'Correct the selectors, or label the pools.',
  },
  UnknownPeer: {
    meaning: 'An advertisement names a BGPPeer that does not exist.',
    remedy: 'Correct the name, or create the peer in the namespace of Herald.',
  },
  UnknownNode: {
    meaning: 'The Service asks for a Node that does not exist; the election goes on as if it asked for none.',
    remedy: 'Correct the name, or end the wish: herald move svc/NAMESPACE/NAME --back.',
  },
  PeerOfOtherAnnouncer: {
    meaning: 'An advertisement names a BGPPeer that belongs to another announcer.',
    remedy: 'Give both the same heraldlb.io/announcer annotation, or remove the peer from the advertisement.',
  },
  UnknownAnnouncer: {
    meaning: 'An object asks for an announcer that is not loaded, so the object is not used.',
    remedy: 'Correct the name, or load the plugin.',
  },
  UnsuitableAnnouncer: {
    meaning: 'An object asks for an announcer that cannot carry it, so the object is not used.',
    remedy: 'Name one of the announcers that the message allows.',
  },
  UnsupportedField: {
    meaning:
      'A field asks for something that the announcer of the object cannot do, so the object is not used.',
    remedy: 'Remove the field, or choose one of the announcers that the message names.',
  },
  InvalidAggregationLength: {
    meaning:
      'An aggregation length is out of range, or its prefix would reach beyond the addresses of a pool.',
    remedy: 'Use a longer aggregation length, or a pool that holds whole prefixes of that length.',
  },
  InvalidCommunity: {
    meaning: 'A BGP community is not written as A:B or large:A:B:C.',
    remedy: 'Write the community in one of the two forms.',
  },
  UnknownCommunity: {
    meaning: 'An advertisement names a community that no Community object defines, so it is not used.',
    remedy: 'Correct the name, or define it in a Community object.',
  },
  DuplicateCommunity: {
    meaning: 'A community name is defined twice; the first definition counts.',
    remedy: 'Rename or remove one of the definitions.',
  },
  InvalidTimer: {
    meaning: 'A timer of a BGPPeer is no duration, out of range, or contradicts another timer.',
    remedy: 'Write a duration that the message allows.',
  },
  DuplicatePeer: {
    meaning:
      'Two BGPPeers would run a session with the same router from the same node; the later one is not used.',
    remedy: 'Remove one of the two, or give them node selectors that have no node in common.',
  },
  RouterMismatch: {
    meaning:
      'Two BGPPeers of one node want different router identities, and their announcer runs one router per node.',
    remedy: 'Give both peers the same routerID and myASN, or node selectors that have no node in common.',
  },
  UnknownBFDProfile: {
    meaning: 'A BGPPeer names a BFDProfile that does not exist; its session runs without BFD.',
    remedy: 'Correct the name, or create the profile.',
  },
  UnsuitableBFDProfile: {
    meaning: 'A BGPPeer uses a BFDProfile in a way that BFD or its announcer cannot do.',
    remedy: 'Change the profile, or use another one for this peer.',
  },
  MissingSecret: {
    meaning: 'A BGPPeer names a Secret that does not exist, so its session cannot be authenticated.',
    remedy: 'Create the Secret in the namespace of Herald.',
  },
  UnsuitableSecret: {
    meaning: 'The Secret of a BGPPeer has the wrong type or lacks the key that holds the password.',
    remedy: 'Use a Secret of type kubernetes.io/basic-auth with the key password.',
  },
} as const satisfies Record<string, Reason>
