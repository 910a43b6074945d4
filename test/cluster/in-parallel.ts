/** Works on the items, `at` of them at a time. */
export async function inParallel<Item>(
  items: readonly Item[],
  at: number,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const waiting = items.values()
  const worker = async (): Promise<void> => {
    for (const item of waiting) await work(item)
  }
  await Promise.all(Array.from({ length: at }, worker))
}
