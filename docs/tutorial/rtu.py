"""Three district regulators behind one Modbus TCP gateway, as the starter site describes them.

Needs pymodbus 3.16 (pip install pymodbus). Type `UNIT KPA` to set an outlet pressure, for example `1 138.9`.
"""

import asyncio
import struct
import sys

from pymodbus.server import StartAsyncTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

ADDRESS = ("127.0.0.1", 1502)
READ_INPUT_REGISTERS = 4
# kPa by unit id
OUTLET = {1: 98.7, 2: 101.2, 3: 99.5}


def regulator(unit):
    async def measure(function, start, address, count, registers, new_values):
        if function == READ_INPUT_REGISTERS:
            # a 32-bit float over input registers 2 and 3, the high word first
            registers[2 - start : 4 - start] = struct.unpack(">HH", struct.pack(">f", OUTLET[unit]))

    spare = [SimData(0, datatype=DataType.REGISTERS)]
    measured = [
        SimData(0, values=[370.0 + unit, OUTLET[unit], 400.0 + 10 * unit], datatype=DataType.FLOAT32),
        SimData(6, values=125, datatype=DataType.INT16),
    ]
    door = [SimData(0, values=False, datatype=DataType.BITS)]
    return SimDevice(unit, (spare_bits(), door, spare, measured), action=measure)


def spare_bits():
    return [SimData(0, values=False, datatype=DataType.BITS)]


async def keyboard():
    while line := await asyncio.to_thread(sys.stdin.readline):
        try:
            unit, kpa = line.split()
            OUTLET[int(unit)] = float(kpa)
        except ValueError:
            print("expected: UNIT KPA, for example: 1 138.9", file=sys.stderr)


async def main():
    typing = asyncio.create_task(keyboard())
    await StartAsyncTcpServer([regulator(unit) for unit in OUTLET], address=ADDRESS)
    await typing


asyncio.run(main())
