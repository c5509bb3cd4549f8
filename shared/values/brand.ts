declare const brand: unique symbol;

/** A value that has passed the check of its constructor; the name exists in types only and costs nothing at run time. */
export type Brand<Value, Name extends string> = Value & { readonly [brand]: Name };
