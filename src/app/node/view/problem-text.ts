import type { PlacedProblem } from './node-view.ts'

/** `lb/web.yaml:4: Service default/web spec.type: InvalidValue: found …` */
export function problemText({ file, line, object, field, reason, message }: PlacedProblem): string {
  const place = file === undefined ? '' : `${file}:${line}: `
  return `${place}${object}${field === '' ? '' : ` ${field}`}: ${reason}: ${message}`
}
