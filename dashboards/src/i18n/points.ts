import type { Language } from './dict';

/** Names of common points and asset kinds in Chinese; English mostly reads the identifier itself. */
const ZH: Record<string, string> = {
  inlet_pressure: '入口压力',
  outlet_pressure: '出口压力',
  outlet_setpoint: '出口压力设定',
  pressure: '压力',
  filter_dp: '过滤器压差',
  differential_pressure: '压差',
  flow: '流量',
  volume: '累计量',
  total: '累计量',
  temperature: '温度',
  gas_temperature: '燃气温度',
  outlet_temperature: '出口温度',
  inlet_temperature: '入口温度',
  room_temperature: '室温',
  supply_temperature: '供水温度',
  return_temperature: '回水温度',
  supply_pressure: '供水压力',
  return_pressure: '回水压力',
  heat_power: '热功率',
  power: '功率',
  gas_lel: '燃气浓度',
  gas_flow: '燃气流量',
  water_flow: '水流量',
  humidity: '湿度',
  compressor_running: '压缩机运行',
  pump_running: '水泵运行',
  gas_detector: '燃气探测',
  odorant: '加臭量',
  valve_open: '阀门开启',
  valve_position: '阀位',
  slam_shut: '切断阀',
  storage_pressure: '储气压力',
  battery: '电池',
  battery_voltage: '电池电压',
  door_open: '门状态',
  device: '设备',
  'gate-station': '门站',
  'district-regulator': '区域调压站',
  regulator: '调压器',
  'line-valve': '管道阀',
  valve: '阀门',
  'cng-station': '加气站',
  'heat-substation': '换热站',
  meter: '流量计',
  'customer-meter': '用户流量计',
  'pressure-station': '调压计量站',
  'room-sensor': '室温计',
  room: '室温计',
  customer: '用户',
  compressor: '压缩机',
  link: '链路',
};

/** Where the identifier alone would not be read as English. */
const EN: Record<string, string> = {
  gas_lel: 'gas detector',
  outlet_setpoint: 'outlet set point',
  filter_dp: 'filter pressure drop',
  'cng-station': 'CNG station',
};

/** A point's or kind's name for people: `outlet_pressure` → "outlet pressure". */
export function readable(id: string, language: Language): string {
  return (language === 'zh-CN' ? ZH : EN)[id] ?? id.replace(/[-_.]/g, ' ');
}

/** The point's own part of `asset/point`. */
export function pointOf(full: string): string {
  const slash = full.lastIndexOf('/');
  return slash < 0 ? full : full.slice(slash + 1);
}
