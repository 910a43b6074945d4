/* Which EndpointSlices a Service has. */
import { packed } from '#core/model/collections.ts'
import type { EndpointSliceObject } from '#core/model/objects.ts'
import { serviceOf } from '#core/selection/endpoint-view.ts'

export class SliceIndex {
  /** By slice. */
  private readonly services = new Map<string, string>()
  /** By Service. */
  private readonly slices = new Map<string, readonly string[]>()

  /** Takes note of a slice as it is now; returns the Services whose endpoints it touches. */
  note(key: string, slice: EndpointSliceObject | undefined): string[] {
    const before = this.services.get(key)
    const after = slice && serviceOf(slice)
    if (before !== after) {
      if (before !== undefined) this.drop(before, key)
      if (after !== undefined) this.slices.set(after, packed([...this.of(after), key]))
      if (after === undefined) this.services.delete(key)
      else this.services.set(key, after)
    }
    return [...new Set([before, after])].filter((service) => service !== undefined)
  }

  /** Keys of the slices of the Service. */
  of(service: string): readonly string[] {
    return this.slices.get(service) ?? []
  }

  private drop(service: string, key: string): void {
    const rest = this.of(service).filter((other) => other !== key)
    if (rest.length === 0) this.slices.delete(service)
    else this.slices.set(service, rest)
  }
}
