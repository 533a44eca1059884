/** For an option that may be repeated: all that was given, in order. */
export const collect = (value: string, earlier: readonly string[]): string[] => [...earlier, value];
