/** A module of the very client that this process is about to run, so that what is changed in it is changed there. @param path below client/src, with .js */
export const clientModule = async (path: string): Promise<any> => import(new URL(path, process.env['CHAOS_CLIENT']).href);
