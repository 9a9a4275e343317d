using System.Net;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

/// <summary>Who has which address.</summary>
internal static class ClusterAddresses
{
    public static IPAddress OfBroker(int id) => new([10, 0, 0, (byte)id]);

    public static IPAddress OfServer(int index) => new([10, 0, 1, (byte)(index + 1)]);

    public static IPAddress OfClient(int number) => new([10, 0, 2, (byte)(number + 1)]);
}
