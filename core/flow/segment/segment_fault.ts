/**
 * A segment, or a part of it, is not as it was written. Thrown between the parts of this folder alone:
 * what the folder offers returns it as a value, since a bad page is a thing that happens to disks.
 */
export class SegmentFault extends Error {
  override readonly name = "SegmentFault";
}
