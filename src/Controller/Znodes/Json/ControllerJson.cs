using System.Globalization;
using System.Text;

namespace KafkaCompatBroker.Controller.Znodes.Json;

/// <summary><c>/controller</c>: who is controller.</summary>
public static class ControllerJson
{
    public static byte[] Encode(BrokerId id, long timestampMs) => ZnodeJson.Encode(
        new ControllerZnode { Version = 2, BrokerId = id.Value, Timestamp = ZnodeJson.Text(timestampMs), KraftControllerEpoch = -1 },
        ZnodeJson.Shapes.ControllerZnode);

    public static BrokerId? Decode(byte[]? data)
        => ZnodeJson.Decode(data, ZnodeJson.Shapes.ControllerZnode) is { BrokerId: { } id } ? new BrokerId(id) : null;
}

/// <summary><c>/controller_epoch</c>: how many elections there were, as a decimal number without JSON around it.</summary>
public static class ControllerEpochText
{
    public static byte[] Encode(ControllerEpoch epoch) => Encoding.ASCII.GetBytes(epoch.ToString());

    public static ControllerEpoch? Decode(byte[]? data)
        => int.TryParse(data, NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) ? new ControllerEpoch(epoch) : null;
}
