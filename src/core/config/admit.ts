/* Which objects count at all: those in our namespace, each name once per kind. */
import { canonicalText } from './canonical.ts'
import type { Inspection } from './inspection.ts'
import { compareText } from '../model/collections.ts'
import type { ConfigObject } from '../model/objects.ts'
import { quote } from '../model/wording.ts'

type ObjectOfKind<Kind> = Extract<ConfigObject, { readonly kind: Kind }>

export interface Admitted {
  /** Sorted by name. */
  ofKind<Kind extends ConfigObject['kind']>(kind: Kind): ObjectOfKind<Kind>[]
  /** For messages about a name that does not exist: where else an object of that name lies. */
  elsewhere(kind: ConfigObject['kind'], name: string): string
  /** Names of a kind, sorted, whose objects have faults of their own: who names them is not at fault. */
  refused(kind: ConfigObject['kind']): readonly string[]
}

/** Of two objects with one name the first in the order of their contents is used, whatever order they come in. */
export function admit(objects: readonly ConfigObject[], inspection: Inspection): Admitted {
  const home = inspection.context.settings.namespace
  const admitted = new Map<string, ConfigObject>()
  const strays = new Map<string, string[]>()
  for (const object of inOrder(objects)) {
    const { name, namespace = 'default' } = object.metadata
    const key = `${object.kind} ${name}`
    const { report } = inspection.examine(object)
    if (namespace !== home) {
      strays.set(key, [...(strays.get(key) ?? []), namespace])
      const message = `found ${quote(namespace)}: resource must be created in ${home} namespace`
      report('metadata.namespace', 'WrongNamespace', message)
    } else if (admitted.has(key)) {
      const message = `found a second ${object.kind} named ${quote(name)} (duplicate definition), allowed: one`
      report('metadata.name', 'DuplicateObject', message)
    } else admitted.set(key, object)
  }
  const used = [...admitted.values()]
  return {
    ofKind: <Kind>(kind: Kind) => used.filter((object): object is ObjectOfKind<Kind> => object.kind === kind),
    elsewhere: (kind, name) => hint(strays.get(`${kind} ${name}`)),
    refused: (kind) => {
      const prefix = `${kind} ${home}/`
      const refs = inspection.context.refused?.filter((ref) => ref.startsWith(prefix)) ?? []
      const names = refs.map((ref) => ref.slice(prefix.length))
      return names.filter((name) => !admitted.has(`${kind} ${name}`)).sort()
    },
  }
}

function hint(namespaces: readonly string[] | undefined): string {
  return namespaces === undefined ? '' : `; the one in namespace ${namespaces.join(', ')} does not count`
}

function inOrder(objects: readonly ConfigObject[]): ConfigObject[] {
  const keyed = objects.map((object) => ({ object, text: canonicalText(object) }))
  return keyed.sort(byNameThenText).map(({ object }) => object)
}

interface Keyed {
  readonly object: ConfigObject
  readonly text: string
}

function byNameThenText(a: Keyed, b: Keyed): number {
  return compareText(a.object.metadata.name, b.object.metadata.name) || compareText(a.text, b.text)
}
