// Arrays as the server packs them: uint32 n, n bytes of JSON, then float32 arrays, little-endian.

/**
 * @param {ArrayBuffer} buffer
 * @returns {Array<object>} what describes each array, with its numbers as `values` (Float32Array).
 */
export function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = new TextDecoder().decode(new Uint8Array(buffer, 4, length));
  let offset = 4 + length;
  return JSON.parse(header).arrays.map((about) => {
    const size = about.shape.reduce((product, side) => product * side, 1);
    const values = new Float32Array(buffer, offset, size);
    offset += 4 * size;
    return { ...about, values };
  });
}
