/* What a public entry promises, as text: each export with its declaration, and every type it reaches. */
import ts from 'typescript'

/** Of the declaration file of an entry; sorted, without comments. */
export function apiSurface(entry: string): string {
  const options = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext }
  const program = ts.createProgram([entry], {
    ...options,
    noEmit: true,
    types: [],
    target: ts.ScriptTarget.ES2023,
  })
  const [fault] = ts.getPreEmitDiagnostics(program)
  if (fault !== undefined)
    throw new Error(`${fault.file?.fileName}: ${ts.flattenDiagnosticMessageText(fault.messageText, '\n')}`)
  const checker = program.getTypeChecker()
  const file = program.getSourceFile(entry)
  const module = file && checker.getSymbolAtLocation(file)
  if (module === undefined) throw new Error(`${entry}: no module; run npm run build`)
  const printer = ts.createPrinter({ removeComments: true })
  const exported = checker.getExportsOfModule(module).map((symbol) => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    const declarations = (target.declarations ?? []).map((one) =>
      printer.printNode(ts.EmitHint.Unspecified, statementOf(one), one.getSourceFile()),
    )
    return { name: symbol.name, text: declarations.join('\n') }
  })
  const sorted = exported.sort((one, other) => (one.name < other.name ? -1 : 1))
  return sorted.map(({ text }) => `${text}\n`).join('\n')
}

/** Of a variable, the whole statement. */
function statementOf(node: ts.Declaration): ts.Node {
  return ts.isVariableDeclaration(node) ? node.parent.parent : node
}
