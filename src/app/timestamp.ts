/** RFC 3339, whole seconds, as Kubernetes writes times (`metav1.Time`). */
export function timestamp(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`
}
