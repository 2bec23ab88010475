/** To those only that speak to their neighbour in the wire (IEEE 802.1Q, table 8-1): no bridge would carry it any further. */
const TO_NOBODY = [0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e];
/** Locally administered; 24 bits follow. */
const FROM = [0x02, 0x74, 0x61];
const TAG = [0x81, 0x00];
/** The EtherType for experiments of one's own: IEEE 802, section 9.2.4. */
const EXPERIMENT = [0x88, 0xb5];
/** Ethernet's least, without the frame check sequence, with one tag. */
const BYTES = 64;

const bytesOf = (value: number) => [(value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff];

/** A frame that says nothing but what its 802.1Q tag says, from a sender that the lower 24 bits of `serial` tell from others. */
export function announcingFrame(vid: number, serial: number): Uint8Array {
  const frame = new Uint8Array(BYTES);
  frame.set([...TO_NOBODY, ...FROM, ...bytesOf(serial), ...TAG, ...bytesOf(vid).slice(1), ...EXPERIMENT]);
  return frame;
}
