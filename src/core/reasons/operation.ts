import type { Reason } from './reason.ts'

/** What a running process finds out about itself and its folder. */
export const operationReasons = {
  AwaitingAllocator: {
    meaning: 'The process that allocates has not written the address down yet, so nobody announces it.',
    remedy: 'Wait a moment; if it lasts, look at the problems of the process that allocates.',
  },
  AwaitingProbe: {
    meaning:
      'The segment is asked whether somebody has the address before the Service is given it, or before the one that has it is given another (--probe-before-assign).',
    remedy: 'Wait a moment: it takes half a second, and five seconds where nobody can ask.',
  },
  FolderGone: {
    meaning: 'The folder of manifests cannot be read; everything stays as it was.',
    remedy: 'Bring the folder back; Herald resumes by itself.',
  },
  LastGoodUsed: {
    meaning: 'The newest version of the object is faulty, so the last good one is used.',
    remedy: 'Correct the fault that is reported for the object or its file.',
  },
  StateUnavailable: {
    meaning: 'The addresses in use cannot be read from or written to the state folder.',
    remedy: 'Give the process permission and space to write there, or name another folder with --state.',
  },
  HeartbeatsFailed: {
    meaning:
      'Heartbeats cannot be exchanged, so this node answers for no address that one node must answer for.',
    remedy: 'Free the port that the message names, or choose another with --heartbeat-port on every node.',
  },
  AnnouncerFailed: {
    meaning: 'An announcer is not working as a whole; it is tried again.',
    remedy: 'Do what the message says.',
  },
  ApiUnavailable: {
    meaning:
      'The API server cannot be read from; everything announced stays announced, by what was read last.',
    remedy: 'Do what the message says; Herald resumes by itself.',
  },
  NodeWithoutAddress: {
    meaning:
      'The Node has no InternalIP address to send heartbeats to, so it counts as alive whatever happens to it.',
    remedy: 'Write its address into status.addresses with type InternalIP.',
  },
  NodeUnknown: {
    meaning:
      'The folder has Nodes, but none with the name of this process, which therefore announces nothing.',
    remedy: 'Add a Node of that name, or start the process with --node-name and a name that is there.',
  },
  MissingKind: {
    meaning:
      'The API server does not serve a kind that Herald reads, so there are taken to be no objects of it.',
    remedy: 'Apply deploy/crds: kubectl apply --server-side -f deploy/crds.',
  },
} as const satisfies Record<string, Reason>
