import { InvalidArgumentError } from 'commander';

/** Reads an option's whole number from `min` to `max`. @throws InvalidArgumentError for anything else */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
    return value;
  };
}
