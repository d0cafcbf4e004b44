//! Rationalization of the alarms: cause, consequence, action, in English and Chinese.

/// What an alarm means, in both languages (English, Chinese).
#[derive(Debug)]
pub(in crate::city) struct Text {
    pub(in crate::city) cause: [&'static str; 2],
    pub(in crate::city) consequence: [&'static str; 2],
    pub(in crate::city) action: [&'static str; 2],
}

macro_rules! texts {
    ($($name:ident: $cause:expr, $cause_zh:expr; $consequence:expr, $consequence_zh:expr; $action:expr, $action_zh:expr;)*) => {
        $(pub(super) static $name: Text = Text {
            cause: [$cause, $cause_zh],
            consequence: [$consequence, $consequence_zh],
            action: [$action, $action_zh],
        };)*
    };
}

texts! {
    GAS_HIGH: "Gas in the station, or a detector out of calibration", "站内有燃气，或探测器失准";
        "May reach the explosive range", "可能达到爆炸极限";
        "Watch the trend; send a crew if it rises on", "观察趋势，继续上升则派班组";
    GAS_HIGH_HIGH: "Leak in or beside the station", "站内或站旁泄漏";
        "Danger of explosion for the station and its neighbours", "危及站点及周边，有爆炸危险";
        "Crew with leak skill is paged; keep people away, prepare isolation", "已呼叫查漏班组；疏散人员，准备关阀";
    GAS_STEP: "A small leak, or work on the station", "微小泄漏，或站内作业";
        "The concentration may rise on", "浓度可能继续上升";
        "Compare with the neighbours and the works in hand; watch the trend", "与邻站及在办作业比较；观察趋势";
    STUCK: "Transmitter frozen, or its line plugged", "变送器卡死或引压管堵塞";
        "The pressure shown is not the pressure there", "显示压力与实际不符";
        "Compare with the flow and the neighbours; plan a check", "与流量和邻站比较；安排检查";
    UNUSUAL: "Unusual demand, or a meter in error", "用量异常，或计量故障";
        "Planning and balance are off", "计划与平衡失准";
        "Compare with the weather, the day and the neighbours", "与天气、日期和邻站比较";
    SILENT: "The meter has lost its network, or its battery is flat", "表计掉线或电池耗尽";
        "Its consumption is not counted", "用量未计入";
        "Plan a visit", "安排上门";
    COLD_GAS: "Preheating failed or strong expansion", "预热失效或节流过强";
        "Hydrates may block the regulator", "可能生成水合物堵塞调压器";
        "Check the preheater, change to the standby line", "检查预热器，切换备用路";
    FILTER: "Filter is dirty", "过滤器脏堵";
        "Inlet pressure of the regulator falls at the peak", "高峰时调压器进口压力下降";
        "Plan a change of the cartridge this week", "本周安排更换滤芯";
    OUTLET_HIGH: "Regulator drifts or its monitor works", "调压器漂移或监控调压器动作";
        "Relief or slam-shut comes next", "随后将放散或切断";
        "Compare with the flow and the neighbours, prepare the standby line", "与流量和邻站比较，准备备用路";
    OUTLET_HIGH_HIGH: "Regulator failed open", "调压器失效开启";
        "Customers' appliances are overpressured, slam-shut may cut supply", "用户灶具超压，切断阀可能停气";
        "Crew with regulator skill is paged; watch the slam-shut valve", "已呼叫调压班组；关注切断阀";
    OUTLET_LOW: "Regulator closes, filter blocked or demand too high", "调压器关小、过滤器堵塞或用量过大";
        "Flames go out at the ends of the network", "管网末端熄火";
        "Check inlet pressure and neighbours", "检查进口压力和邻站";
    OUTLET_LOW_LOW: "Slam-shut closed or a pipe broke", "切断阀关闭或管道断裂";
        "Customers are without gas; relighting is dangerous", "用户停气，复燃有危险";
        "Crew with regulator skill is paged; count the customers behind it", "已呼叫调压班组；统计受影响用户";
    INLET_LOW: "High demand, or a leak in the grid before it", "用量大或上游管网泄漏";
        "Outlet pressure follows when it falls further", "继续下降将影响出口压力";
        "Compare with neighbouring stations; look for flow without demand", "与邻站比较，查找异常流量";
    INLET_LOW_LOW: "Main broken or feeder lost", "主管断裂或失去气源";
        "The district loses supply", "片区停气";
        "Raise the feeders' set-point, find the break, prepare isolation", "提高供气压力，查找断点，准备关阀";
    SUPPLY_LOW: "The transmission company delivers less", "上游来气不足";
        "The ring empties within hours", "环网数小时内耗尽";
        "Call the transmission company's dispatcher", "联系上游调度";
    SUPPLY_HIGH: "The transmission company's control failed", "上游控制失效";
        "The gate's regulators work at their limit", "门站调压器达极限";
        "Call the transmission company's dispatcher", "联系上游调度";
    ODORANT: "Odoriser pump stopped or its tank is empty", "加臭泵停或储罐空";
        "Leaks are not smelled", "泄漏不易察觉";
        "Switch to the standby pump, refill", "切换备用泵，补充臭剂";
    STORAGE_HIGH: "Compressor did not stop", "压缩机未停";
        "Relief valves of the storage open", "储气安全阀起跳";
        "Stop the compressor from the station", "现场停压缩机";
    STORAGE_LOW: "Compressor off or many vehicles", "压缩机停或加气车辆多";
        "Vehicles wait", "车辆等候";
        "Tell the station", "通知站点";
    SUPPLY_COLD: "Boiler off or its set-point too low", "锅炉停或设定过低";
        "Rooms fall below 18 °C within hours", "数小时内室温低于18℃";
        "Check the boiler and the gas supply", "检查锅炉和供气";
    SUPPLY_HOT: "Control valve stuck or pump stopped", "调节阀卡住或泵停";
        "Pipes and heat exchangers are damaged", "损坏管道和换热器";
        "Crew with heat skill is paged; cut the boiler", "已呼叫供热班组；停炉";
    RETURN_HOT: "Too much flow for the load", "流量大于负荷";
        "Pumping energy is wasted", "浪费泵耗";
        "Balance the branches", "调整支路平衡";
    WATER_HIGH: "Make-up water control failed", "补水控制失效";
        "Radiators may burst", "散热器可能爆裂";
        "Stop make-up water", "停止补水";
    WATER_LOW: "Burst pipe or make-up pump off", "爆管或补水泵停";
        "Pumps cavitate, heating stops", "泵汽蚀，供热中断";
        "Crew with heat skill is paged; look for the burst", "已呼叫供热班组；查找爆管点";
    LINE_LOW: "Leak or a closed valve before it", "上游泄漏或关阀";
        "Stations behind it lose their inlet pressure", "下游站点失压";
        "Compare both sides of the section, prepare isolation", "比较管段两端，准备关阀";
    BATTERY: "Solar panel covered or battery old", "光伏板遮挡或电池老化";
        "The valve stops reporting", "阀室将失联";
        "Plan a change", "安排更换";
    COLD_ROOM: "Substation too cold or radiator closed", "换热站温度低或散热器关闭";
        "Below the 18 °C owed to customers", "低于合同18℃";
        "Check the substation, else send a heating crew", "检查换热站，必要时派班组";
    WARM_ROOM: "Flow too high", "流量过大";
        "Energy is wasted", "浪费能源";
        "Balance the branch", "调整支路";
    BAD_QUALITY: "Transmitter or wiring failed", "变送器或接线故障";
        "The value cannot be trusted", "数值不可信";
        "Judge by the neighbours; plan a repair", "参考邻站；安排维修";
    STALE: "The station does not report", "站点无数据";
        "Nobody sees what happens there", "无法监视";
        "Check the link; call the station", "检查通信；联系站点";
}
