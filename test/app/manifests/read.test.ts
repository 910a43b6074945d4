import { describe, expect, it } from 'vitest'

import type { ManifestSet } from '#app/manifests/merge.ts'
import { readManifests, readSource } from '#app/manifests/read.ts'
import { refOf } from '#core/model/objects.ts'

function read(text: string | Uint8Array, name = 'web.yaml'): ManifestSet {
  return readManifests([{ name, text }])
}

/** As `herald validate` prints them. */
function lines(set: ManifestSet): string[] {
  return set.problems.map(({ file, line, object, field, reason, message }) =>
    [`${file}:${line}:`, object, ...(field === '' ? [] : [field]), reason, message].join(' '),
  )
}

function refs({
  config,
  services,
  nodes = [],
  namespaces = [],
  endpointSlices = [],
  secrets = [],
}: ManifestSet): string[] {
  return [...config, ...services, ...nodes, ...namespaces, ...endpointSlices, ...secrets].map(refOf)
}

const pool = (name: string, spec = '{ addresses: [192.0.2.0/24] }'): string =>
  `apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: { name: ${name}, namespace: metallb-system }\nspec: ${spec}\n`

describe('input that reads well', () => {
  it('is sorted by kind, and a kind that does not occur is absent', () => {
    const set = read(
      [
        pool('a'),
        'apiVersion: v1\nkind: Service\nmetadata: { name: web }\n',
        'apiVersion: v1\nkind: Node\nmetadata: { name: node-a, namespace: ignored }\n',
        'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: { name: web-1, namespace: shop }\nendpoints: null\n',
      ].join('---\n'),
    )
    expect(lines(set)).toEqual([])
    expect(refs(set)).toEqual([
      'IPAddressPool metallb-system/a',
      'Service default/web',
      'Node node-a',
      'EndpointSlice shop/web-1',
    ])
    expect('namespaces' in set || 'secrets' in set).toBe(false)
    expect(set.endpointSlices?.[0]).not.toHaveProperty('endpoints')
  })

  it('may be a List, a list of one kind as the API server sends it, or JSON', () => {
    const item = {
      metadata: { name: 'a', namespace: 'metallb-system' },
      spec: { addresses: ['192.0.2.0/24'] },
    }
    const list = { apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPoolList', metadata: {}, items: [item] }
    const nested = {
      apiVersion: 'v1',
      kind: 'List',
      items: [list, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } }],
    }
    for (const text of [JSON.stringify(nested), JSON.stringify(nested, null, '\t')]) {
      expect(refs(read(text))).toEqual(['IPAddressPool metallb-system/a', 'Node n'])
    }
  })

  it('may be JSON objects one after the other, as jq prints them', () => {
    const node = (name: string): unknown => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } })
    const compact = ['a', 'b'].map((name) => JSON.stringify(node(name))).join('\n')
    const indented = ['a', 'b'].map((name) => JSON.stringify(node(name), null, 2)).join('\n')
    expect(refs(read(compact))).toEqual(['Node a', 'Node b'])
    expect(refs(read(indented))).toEqual(['Node a', 'Node b'])
  })

  it('may begin with a byte order mark and end its lines as Windows does', () => {
    const text = `\u{feff}${pool('a')}`.replaceAll('\n', '\r\n')
    expect(refs(read(Buffer.from(text)))).toEqual(['IPAddressPool metallb-system/a'])
  })

  it('shares anchors and merges keys as kubectl reads them, and takes yes for true', () => {
    const text = `x: &defaults { autoAssign: yes }\n---\n${pool('a', '{ <<: &d { autoAssign: no }, addresses: [192.0.2.0/24] }')}`
    expect(read(text).config[0]?.spec).toEqual({
      autoAssign: false,
      avoidBuggyIPs: false,
      addresses: ['192.0.2.0/24'],
    })
  })

  it('may leave the spec of an advertisement out: everything is selected', () => {
    const set = read(
      'apiVersion: metallb.io/v1beta1\nkind: BGPAdvertisement\nmetadata: { name: all, namespace: metallb-system }\n',
    )
    expect(set.config[0]?.spec).toEqual({ aggregationLength: 32, aggregationLengthV6: 128 })
  })

  it('drops what decides nothing: the status of our kinds, managed fields and the applied copy', () => {
    const set = read(`apiVersion: metallb.io/v1beta1
kind: Community
metadata:
  name: c
  namespace: metallb-system
  managedFields: [{ manager: kubectl }]
  annotations: { kubectl.kubernetes.io/last-applied-configuration: "{}", keep: me }
status: { anything: true }
`)
    expect(set.config).toEqual([
      {
        apiVersion: 'metallb.io/v1beta1',
        kind: 'Community',
        metadata: { name: 'c', namespace: 'metallb-system', annotations: { keep: 'me' } },
        spec: {},
      },
    ])
  })

  it('notes a deprecated version, and a namespace that had to be assumed', () => {
    const set = readManifests(
      [
        {
          name: 'p.yaml',
          text: 'apiVersion: metallb.io/v1beta1\nkind: BGPPeer\nmetadata: { name: p }\nspec: { myASN: 1, peerASN: 2, peerAddress: 10.0.0.1 }\n',
        },
      ],
      { namespace: 'lb' },
    )
    expect(set.notes).toEqual([
      {
        file: 'p.yaml',
        message: 'BGPPeer lb/p: metallb.io/v1beta1 BGPPeer is deprecated, use metallb.io/v1beta2',
      },
      { file: 'p.yaml', message: "BGPPeer lb/p: no namespace is given, so Herald's own is assumed" },
    ])
  })

  it('counts other kinds, and says why Endpoints do not count', () => {
    const other = (apiVersion: string, kind: string): string =>
      `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: x }\n`
    const set = read(
      [
        other('apps/v1', 'Deployment'),
        other('apps/v1', 'Deployment'),
        other('serving.knative.dev/v1', 'Service'),
        other('v1', 'Endpoints'),
        other('metallb.io/v1beta1', 'ServiceL2Status'),
      ].join('---\n'),
    )
    expect(lines(set)).toEqual([])
    expect(set.ignored).toEqual({
      'apps/v1 Deployment': 2,
      'serving.knative.dev/v1 Service': 1,
      'v1 Endpoints': 1,
      'metallb.io/v1beta1 ServiceL2Status': 1,
    })
    expect(set.notes).toEqual([
      { file: 'web.yaml', message: 'v1 Endpoints are ignored: Herald reads EndpointSlices' },
    ])
  })

  it.each(['', '\n# nothing yet\n', '---\n---\n'])('notes a source without objects: %j', (text) => {
    const set = read(text)
    expect(lines(set)).toEqual([])
    expect(set.notes).toEqual([{ file: 'web.yaml', message: 'holds no objects' }])
  })
})

/** Each fault stands in the second document; the first and the third are good. */
const faults: readonly [string, string, readonly string[]][] = [
  [
    'a field that does not exist',
    pool('bad', '\n  adresses: [192.0.2.0/24]'),
    [
      'web.yaml:9: IPAddressPool metallb-system/bad spec.addresses MissingField found nothing, allowed: a value of type array (the field is required)',
      'web.yaml:10: IPAddressPool metallb-system/bad spec.adresses UnknownField found an unknown field, allowed: addresses, autoAssign, avoidBuggyIPs or serviceAllocation; did you mean "addresses"?',
    ],
  ],
  [
    'a value of the wrong type',
    pool('bad', '\n  addresses:\n  - 192.0.2.0/24\n  - 7'),
    [
      'web.yaml:12: IPAddressPool metallb-system/bad spec.addresses[1] WrongType found 7 (integer), allowed: string',
    ],
  ],
  [
    'a value out of range',
    'apiVersion: metallb.io/v1beta1\nkind: BFDProfile\nmetadata: { name: bad, namespace: metallb-system }\nspec:\n  receiveInterval: 5\n',
    [
      'web.yaml:10: BFDProfile metallb-system/bad spec.receiveInterval InvalidValue found 5, allowed: 10 to 60000',
    ],
  ],
  [
    'a value that is none of the allowed ones',
    'apiVersion: v1\nkind: Service\nmetadata: { name: bad }\nspec:\n  type: LoadBalancer\n  externalTrafficPolicy: local\n',
    [
      'web.yaml:11: Service default/bad spec.externalTrafficPolicy InvalidValue found "local", allowed: "Cluster" or "Local"',
    ],
  ],
  [
    'a slip in a field of an open kind',
    'apiVersion: v1\nkind: Service\nmetadata: { name: bad }\nspec:\n  loadbalancerIP: 1.2.3.4\n  someNewField: 1\n',
    [
      'web.yaml:10: Service default/bad spec.loadbalancerIP UnknownField found an unknown field, allowed: loadBalancerIP; did you mean "loadBalancerIP"?',
    ],
  ],
  [
    'a slip in the metadata',
    'apiVersion: v1\nkind: Node\nmetadata: { name: bad, label: { a: b } }\n',
    [
      'web.yaml:8: Node bad metadata.label UnknownField found an unknown field, allowed: name, namespace, uid, labels, annotations, creationTimestamp, resourceVersion, generateName, generation, deletionTimestamp, deletionGracePeriodSeconds, finalizers or 3 more; did you mean "labels"?',
    ],
  ],
  [
    'no kind',
    'apiVersion: v1\nmetadata: { name: bad }\n',
    [
      'web.yaml:6: Object bad kind MissingField found nothing, allowed: a value of type string (the field is required)',
    ],
  ],
  [
    'no apiVersion',
    'kind: Service\nmetadata: { name: bad, namespace: shop }\n',
    [
      'web.yaml:6: Service shop/bad apiVersion MissingField found nothing, allowed: a value of type string (the field is required)',
    ],
  ],
  [
    'no name',
    'apiVersion: v1\nkind: Service\nmetadata:\n  labels: {}\n',
    [
      'web.yaml:8: Service default/(no name) metadata.name MissingField found nothing, allowed: a value of type string (the field is required)',
    ],
  ],
  [
    'a name that the API server refuses',
    'apiVersion: v1\nkind: Service\nmetadata:\n  name: Bad_name\n',
    [
      `web.yaml:9: Service default/Bad_name metadata.name InvalidValue found "Bad_name", allowed: 1 to 253 lower-case letters, digits, '-' and '.', with a letter or digit at either end`,
    ],
  ],
  [
    'a version that does not exist',
    'apiVersion: metallb.io/v1alpha1\nkind: BGPPeer\nmetadata: { name: bad, namespace: metallb-system }\n',
    [
      'web.yaml:6: BGPPeer metallb-system/bad apiVersion UnknownVersion found "metallb.io/v1alpha1", allowed for kind BGPPeer: metallb.io/v1beta2 or metallb.io/v1beta1',
    ],
  ],
  [
    'a kind in the wrong group',
    'apiVersion: v1\nkind: EndpointSlice\nmetadata: { name: bad, namespace: shop }\n',
    [
      'web.yaml:6: EndpointSlice shop/bad apiVersion UnknownVersion found "v1", allowed for kind EndpointSlice: discovery.k8s.io/v1',
    ],
  ],
  [
    'a kind that our group does not have',
    'apiVersion: metallb.io/v1beta1\nkind: AddressPool\nmetadata: { name: bad, namespace: metallb-system }\n',
    [
      'web.yaml:7: AddressPool metallb-system/bad kind UnknownKind found "AddressPool", allowed in metallb.io: IPAddressPool, L2Advertisement, BGPAdvertisement, BGPPeer, BFDProfile, Community, ServiceL2Status, ServiceBGPStatus or ConfigurationState; did you mean "IPAddressPool"?',
    ],
  ],
  [
    'a document that is no object',
    'just words\n',
    [
      'web.yaml:6: File web.yaml WrongType found string, allowed: an object with apiVersion, kind and metadata',
    ],
  ],
  [
    'a syntax error',
    'apiVersion: v1\nkind: Service\nmetadata: { name: bad\nspec: {}\n',
    ['web.yaml:9: File web.yaml InvalidSyntax deficient indentation (column 1)'],
  ],
  [
    'a key that is written twice',
    'apiVersion: v1\nkind: Service\nkind: Node\nmetadata: { name: bad }\n',
    ['web.yaml:8: File web.yaml InvalidSyntax duplicated mapping key (column 1)'],
  ],
  [
    'an alias without its anchor',
    'apiVersion: v1\nkind: Service\nmetadata: *nowhere\n',
    ['web.yaml:8: File web.yaml InvalidSyntax unidentified alias … (column 12)'],
  ],
  [
    'aliases that expand without end',
    'apiVersion: v1\nkind: Service\nmetadata: { name: bad }\nspec: &loop { selector: *loop }\n',
    [
      'web.yaml:6: File web.yaml InvalidSyntax found a value that is too large or too deep (aliases count in full), allowed: at most 1000000 values, 200 levels',
    ],
  ],
  [
    'a definition of an object that is there already',
    pool('first'),
    [
      'web.yaml:6: IPAddressPool metallb-system/first DuplicateObject found a second definition, allowed: one; the first, at web.yaml:1, is used',
    ],
  ],
  [
    'a Secret whose data is not base64, without showing it',
    'apiVersion: v1\nkind: Secret\nmetadata: { name: bad }\ndata:\n  password: hunter2!\n',
    [
      'web.yaml:10: Secret metallb-system/bad data.password InvalidValue found a value that is not shown, allowed: base64 (plain text goes under stringData)',
    ],
  ],
  [
    'a password of the wrong type, without showing it',
    'apiVersion: metallb.io/v1beta2\nkind: BGPPeer\nmetadata: { name: bad, namespace: metallb-system }\nspec:\n  myASN: 1\n  password: 12345\n',
    ['web.yaml:11: BGPPeer metallb-system/bad spec.password WrongType found integer, allowed: string'],
  ],
]

describe('bad input', () => {
  it.each(faults)('%s: is told with its place, and costs nothing else', (_, document, expected) => {
    const set = read([pool('first'), document, pool('third')].join('---\n'))
    expect(lines(set)).toEqual(expected)
    expect(refs(set)).toEqual(['IPAddressPool metallb-system/first', 'IPAddressPool metallb-system/third'])
  })

  it('names both places when two files define one object', () => {
    const set = readManifests([
      { name: 'a.yaml', text: `---\n${pool('p')}` },
      {
        name: 'b.json',
        text: JSON.stringify(
          {
            apiVersion: 'v1',
            kind: 'List',
            items: [
              {
                apiVersion: 'metallb.io/v1beta1',
                kind: 'IPAddressPool',
                metadata: { name: 'p', namespace: 'metallb-system' },
                spec: { addresses: ['192.0.2.0/28'] },
              },
            ],
          },
          null,
          1,
        ),
      },
    ])
    expect(lines(set)).toEqual([
      'b.json:5: IPAddressPool metallb-system/p DuplicateObject found a second definition, allowed: one; the first, at a.yaml:2, is used',
    ])
    expect(set.config).toHaveLength(1)
  })

  it('finds the line of a fault in an item of a JSON list', () => {
    const items = [1, 2, 3].map((n) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: `n${n}`, ...(n === 2 ? { labels: { a: 1 } } : {}) },
    }))
    const set = read(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 2), 'nodes.json')
    expect(lines(set)).toEqual([
      'nodes.json:18: Node n2 metadata.labels.a WrongType found 1 (integer), allowed: string',
    ])
  })

  it.each([
    [
      'binary junk',
      Uint8Array.from([0x7f, 0x45, 0xff, 0xfe, 0x00]),
      'NotText found bytes that are not UTF-8, allowed: YAML or JSON as UTF-8 text',
    ],
    [
      'text with a zero byte',
      new TextEncoder().encode('a: b\0'),
      'NotText found a zero byte at character 4, allowed: YAML or JSON as UTF-8 text',
    ],
    [
      'UTF-16',
      Uint8Array.from([0xff, 0xfe, 0x61, 0x00]),
      'NotText found byte 0xff at the beginning, allowed: YAML or JSON as UTF-8 text',
    ],
    [
      'a control character',
      'a: \u0001\n',
      'InvalidSyntax the stream contains non-printable characters (column 4)',
    ],
  ])('refuses %s', (_, text, expected) => {
    expect(lines(read(text, 'junk.yaml'))).toEqual([`junk.yaml:1: File junk.yaml ${expected}`])
  })

  it('refuses a source above the limit, and names both sizes', () => {
    const text = `# ${'x'.repeat(2 * 1024 * 1024)}`
    const set = readManifests([{ name: 'big.yaml', text }], { maxBytes: 1024 * 1024 })
    expect(lines(set)).toEqual(['big.yaml:1: File big.yaml FileTooLarge found 2 MiB, allowed: at most 1 MiB'])
  })

  it('survives a million aliases in a few bytes', () => {
    const levels = Array.from(
      { length: 12 },
      (_, n) =>
        `l${n}: &l${n} [${Array(10)
          .fill(n === 0 ? 'x' : `*l${n - 1}`)
          .join(', ')}]`,
    )
    const bomb = `apiVersion: heraldlb.io/v1alpha1\nkind: Advertisement\nmetadata: { name: bomb }\nspec:\n  announcer: l2\n  options:\n    ${levels.join('\n    ')}\n`
    const set = read(`${bomb}---\n${pool('a')}`)
    expect(lines(set)).toEqual([
      'web.yaml:1: File web.yaml InvalidSyntax found a value that is too large or too deep (aliases count in full), allowed: at most 1000000 values, 200 levels',
    ])
    expect(refs(set)).toEqual(['IPAddressPool metallb-system/a'])
  })
})

describe('JSON that nests without end', () => {
  it('is refused in the options of a plugin, which no schema bounds', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    const set = read(
      `{"apiVersion":"heraldlb.io/v1alpha1","kind":"Advertisement","metadata":{"name":"deep"},"spec":{"announcer":"l2","options":{"a":${deep}}}}`,
    )
    expect(lines(set)).toEqual([
      'web.yaml:1: Advertisement metallb-system/deep InvalidValue found a value that is too large or too deep (aliases count in full), allowed: at most 1000000 values, 200 levels',
    ])
  })
})

describe('locate', () => {
  it('finds an object and its fields, and the nearest ancestor of a field that is not there', () => {
    const set = read(`${pool('a')}---\n${pool('b', '\n  addresses:\n  - 192.0.2.0/28\n  - 192.0.2.16/28')}`)
    const line = (field?: string): number | undefined =>
      set.locate('IPAddressPool metallb-system/b', field)?.line
    expect([line(), line('spec'), line('spec.addresses[1]'), line('spec.autoAssign')]).toEqual([6, 9, 12, 9])
    expect(set.locate('IPAddressPool metallb-system/c')).toBeUndefined()
  })
})

describe('a source by itself', () => {
  it('merges again with others as often as wanted, with the same result', () => {
    const source = readSource({ name: 'a.yaml', text: pool('a') })
    expect(source.objects.map(({ ref }) => ref)).toEqual(['IPAddressPool metallb-system/a'])
    expect(readManifests([{ name: 'a.yaml', text: pool('a') }]).config).toEqual(
      source.objects.map(({ object }) => object),
    )
  })
})
