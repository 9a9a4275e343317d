using System.Globalization;

namespace KafkaCompatBroker.Kernel.Model;

/// <summary>A broker's id: <c>broker.id</c>. −1 stands for none.</summary>
public readonly record struct BrokerId(int Value)
{
    public static readonly BrokerId None = new(-1);
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A cluster's id, drawn when the cluster is made: <c>cluster.id</c> in <c>meta.properties</c>.</summary>
public readonly record struct ClusterId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>The czxid of a broker's registration znode; −1 is unknown. KIP-380.</summary>
public readonly record struct BrokerEpoch(long Value)
{
    public static readonly BrokerEpoch Unknown = new(-1);
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Counts controller elections; kept in <c>/controller_epoch</c>. The first controller has epoch 1.</summary>
public readonly record struct ControllerEpoch(int Value) : IComparable<ControllerEpoch>
{
    public static readonly ControllerEpoch None = new(0);
    public int CompareTo(ControllerEpoch other) => Value.CompareTo(other.Value);
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
    public static bool operator <(ControllerEpoch left, ControllerEpoch right) => left.Value < right.Value;
    public static bool operator >(ControllerEpoch left, ControllerEpoch right) => left.Value > right.Value;
    public static bool operator <=(ControllerEpoch left, ControllerEpoch right) => left.Value <= right.Value;
    public static bool operator >=(ControllerEpoch left, ControllerEpoch right) => left.Value >= right.Value;
}

/// <summary>Counts the leaders of one partition, from 0; −1 is unknown. KIP-101.</summary>
public readonly record struct LeaderEpoch(int Value) : IComparable<LeaderEpoch>
{
    public static readonly LeaderEpoch Unknown = new(-1);
    public int CompareTo(LeaderEpoch other) => Value.CompareTo(other.Value);
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
    public static bool operator <(LeaderEpoch left, LeaderEpoch right) => left.Value < right.Value;
    public static bool operator >(LeaderEpoch left, LeaderEpoch right) => left.Value > right.Value;
    public static bool operator <=(LeaderEpoch left, LeaderEpoch right) => left.Value <= right.Value;
    public static bool operator >=(LeaderEpoch left, LeaderEpoch right) => left.Value >= right.Value;
}

/// <summary>The zkVersion of a partition's <c>state</c> znode: counts changes of leader and ISR.</summary>
public readonly record struct PartitionEpoch(int Value)
{
    public static readonly PartitionEpoch Unknown = new(-1);
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A producer's id and epoch; (−1, −1) for a producer that is not idempotent. KIP-98.</summary>
public readonly record struct ProducerIdAndEpoch(long ProducerId, short Epoch)
{
    public static readonly ProducerIdAndEpoch None = new(-1, -1);
    public bool IsNone => ProducerId < 0;
}

/// <summary>A topic's name and a partition number: how Kafka names a partition everywhere.</summary>
public readonly record struct TopicPartition(string Topic, int Partition)
{
    /// <summary>The name of the partition's folder: <c>topic-partition</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Topic}-{Partition}");
}
