/** As the log shows them: more than one digit behind the point says nothing. */
export const milliseconds = (value: number): number => Math.round(value * 10) / 10;
